use feiqian_ledger::Entry;
use feiqian_limits::Direction;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo};
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use crate::sheet::yuan;
use crate::{Line, Sheet, Texts};

/// A4 across, points.
const PAGE: (i16, i16) = (842, 595);

/// Left and right margin, points.
const MARGIN: i16 = 40;

/// Size of all text, points.
const TEXT: i16 = 10;

/// From one line to the next, points.
const LEADING: i16 = 15;

/// Baseline of the first line below a page's heading, points.
const TOP: i16 = PAGE.1 - 75;

/// Lines below a page's heading.
const LINES_PER_PAGE: usize = 30;

/// Of the fourteen fonts that every reader has; each character takes 6/10 of the size.
const LATIN: Name<'static> = Name(b"L");

/// One of Adobe's CJK fonts, which readers have or replace; each character is as wide as
/// the size. Nothing is embedded, so that a file stays small.
const CHINESE: Name<'static> = Name(b"C");

const CATALOG: i32 = 1;
const PAGES: i32 = 2;
const INFORMATION: i32 = 3;
const LATIN_FONT: i32 = 4;
const CHINESE_FONT: i32 = 5;
const CHINESE_CID_FONT: i32 = 6;
const CHINESE_DESCRIPTOR: i32 = 7;
const FIRST_PAGE: i32 = 8;

/// A column of the table of entries: where it begins and ends, points.
struct Column {
    left: i16,
    right: i16,
    is_number: bool,
}

const fn text(left: i16, right: i16) -> Column {
    Column { left, right, is_number: false }
}

const fn number(left: i16, right: i16) -> Column {
    Column { left, right, is_number: true }
}

/// Number, time, kind, counterparty, amount, balance, note.
const COLUMNS: [Column; 7] = [
    number(40, 76),
    text(88, 206),
    text(214, 316),
    text(322, 470),
    number(474, 556),
    number(560, 642),
    text(656, 802),
];

/// A line of a page: texts, each in its column.
struct Row {
    cells: Vec<(Column, String)>,
    is_entry: bool,
}

/// A statement as PDF.
#[must_use]
pub fn to_pdf(sheet: &Sheet<'_>, texts: &Texts) -> Vec<u8> {
    let pages = pages(sheet, texts);
    let heading = heading(sheet, texts);
    let mut pdf = Pdf::new();
    pdf.catalog(Ref::new(CATALOG)).pages(Ref::new(PAGES));
    pdf.document_info(Ref::new(INFORMATION)).title(TextStr(&heading));
    write_fonts(&mut pdf);
    let ids: Vec<(Ref, Ref)> = (FIRST_PAGE..)
        .step_by(2)
        .map(|id| (Ref::new(id), Ref::new(id + 1)))
        .take(pages.len())
        .collect();
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(Ref::new(PAGES)).kids(ids.iter().map(|(page, _)| *page)).count(count);
    for ((number, rows), (id, content_id)) in (1..).zip(&pages).zip(ids) {
        let mut page = pdf.page(id);
        page.media_box(Rect::new(0.0, 0.0, f32::from(PAGE.0), f32::from(PAGE.1)));
        page.parent(Ref::new(PAGES)).contents(content_id);
        let mut resources = page.resources();
        let mut fonts = resources.fonts();
        fonts.pair(LATIN, Ref::new(LATIN_FONT)).pair(CHINESE, Ref::new(CHINESE_FONT));
        fonts.finish();
        resources.finish();
        page.finish();
        let footer = format!("{} {number} / {count}", texts.page);
        pdf.stream(content_id, &page_content(&heading, &footer, rows));
    }
    pdf.finish()
}

fn heading(sheet: &Sheet<'_>, texts: &Texts) -> String {
    let mut heading = format!("{}  {}  {}", texts.title, sheet.month, sheet.account);
    if sheet.parts > 1 {
        heading.push_str(&format!("  {} {} / {}", texts.part, sheet.part, sheet.parts));
    }
    heading
}

/// The rows of each page. A page that goes on with entries repeats the table's heading.
fn pages(sheet: &Sheet<'_>, texts: &Texts) -> Vec<Vec<Row>> {
    let mut pages: Vec<Vec<Row>> = vec![Vec::new()];
    let entries = sheet.lines.iter().map(|line| entry_row(sheet, texts, *line));
    let summary = summary(sheet, texts);
    for row in summary.into_iter().chain([table_heading(texts)]).chain(entries) {
        let is_full = pages.last().is_none_or(|page| page.len() >= LINES_PER_PAGE);
        if is_full {
            pages.push(if row.is_entry { vec![table_heading(texts)] } else { Vec::new() });
        }
        if let Some(page) = pages.last_mut() {
            page.push(row);
        }
    }
    pages
}

fn summary(sheet: &Sheet<'_>, texts: &Texts) -> Vec<Row> {
    let statement = sheet.statement;
    let line = |name: &str, value: String| Row {
        cells: vec![(text(40, 206), name.to_owned()), (number(214, 316), value)],
        is_entry: false,
    };
    let blank = || Row { cells: Vec::new(), is_entry: false };
    let mut rows = vec![
        Row {
            cells: vec![
                (text(40, 206), texts.as_of.to_owned()),
                (text(214, 470), sheet.time(sheet.as_of)),
            ],
            is_entry: false,
        },
        line(texts.opening, yuan(statement.opening)),
        line(texts.money_in, yuan(statement.money_in)),
        line(texts.money_out, yuan(statement.money_out)),
        line(texts.closing, yuan(statement.closing)),
        blank(),
    ];
    rows.extend(statement.totals.iter().map(|total| {
        let sign = if total.direction == Direction::In { "+" } else { "-" };
        let mut row = line((texts.kinds)(total.kind), format!("{sign}{}", yuan(total.amount)));
        row.cells.push((text(330, 470), format!("{} {}", texts.count, total.count)));
        row
    }));
    rows.push(blank());
    rows
}

fn row(cells: [String; 7], is_entry: bool) -> Row {
    Row { cells: COLUMNS.into_iter().zip(cells).collect(), is_entry }
}

fn table_heading(texts: &Texts) -> Row {
    let names = [
        texts.number,
        texts.time,
        texts.kind,
        texts.counterparty,
        texts.amount,
        texts.balance,
        texts.note,
    ];
    row(names.map(str::to_owned), false)
}

fn entry_row(sheet: &Sheet<'_>, texts: &Texts, line: Line<'_>) -> Row {
    let Line { entry, note } = line;
    let cells = [
        entry.sequence.to_string(),
        sheet.time(entry.at),
        (texts.kinds)(entry.kind).to_owned(),
        entry.counterparty.clone(),
        yuan(entry.amount),
        yuan(entry.balance),
        remark(entry, note, texts),
    ];
    row(cells, true)
}

/// The holder's note, after what a card paid or got.
fn remark(entry: &Entry, note: Option<&str>, texts: &Texts) -> String {
    let note = note.unwrap_or_default();
    if entry.by_card.is_positive() {
        format!("{} {} {note}", texts.by_card, yuan(entry.by_card)).trim_end().to_owned()
    } else {
        note.to_owned()
    }
}

fn write_fonts(pdf: &mut Pdf) {
    pdf.type1_font(Ref::new(LATIN_FONT)).base_font(Name(b"Courier"));
    pdf.type0_font(Ref::new(CHINESE_FONT))
        .base_font(Name(b"STSong-Light-UniGB-UTF16-H"))
        .encoding_predefined(Name(b"UniGB-UTF16-H"))
        .descendant_font(Ref::new(CHINESE_CID_FONT));
    let info = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"GB1"), supplement: 4 };
    pdf.cid_font(Ref::new(CHINESE_CID_FONT))
        .subtype(CidFontType::Type0)
        .base_font(Name(b"STSong-Light"))
        .system_info(info)
        .font_descriptor(Ref::new(CHINESE_DESCRIPTOR))
        .default_width(1000.0);
    pdf.font_descriptor(Ref::new(CHINESE_DESCRIPTOR))
        .name(Name(b"STSong-Light"))
        .flags(FontFlags::SYMBOLIC | FontFlags::SERIF)
        .bbox(Rect::new(-25.0, -254.0, 1000.0, 880.0))
        .italic_angle(0.0)
        .ascent(880.0)
        .descent(-120.0)
        .cap_height(880.0)
        .stem_v(93.0);
}

fn page_content(heading: &str, footer: &str, rows: &[Row]) -> Vec<u8> {
    let mut content = Content::new();
    let right = PAGE.0 - MARGIN;
    show(&mut content, MARGIN, PAGE.1 - 45, heading);
    show(&mut content, right - width(footer), PAGE.1 - 45, footer);
    let rule = f32::from(PAGE.1 - 52);
    content.set_line_width(0.5).move_to(f32::from(MARGIN), rule);
    content.line_to(f32::from(right), rule).stroke();
    for (place, row) in (0..).zip(rows) {
        for (column, text) in &row.cells {
            let fitted = fitted(text, column.right - column.left);
            let left = if column.is_number { column.right - width(&fitted) } else { column.left };
            show(&mut content, left, TOP - place * LEADING, &fitted);
        }
    }
    content.finish().into_vec()
}

/// How wide a character is, points.
const fn advance(character: char) -> i16 {
    if character.is_ascii() { TEXT * 6 / 10 } else { TEXT }
}

/// How wide a text is, points; no text here is longer than a heading.
fn width(text: &str) -> i16 {
    text.chars().map(advance).fold(0, i16::saturating_add)
}

/// As much of a text as fits in so many points, on one line.
fn fitted(text: &str, points: i16) -> String {
    let plain = || text.chars().map(|c| if c.is_control() { ' ' } else { c });
    if width(text) <= points {
        return plain().collect();
    }
    let (mut room, mut kept) = (points - TEXT, String::new());
    for character in plain() {
        room -= advance(character);
        if room < 0 {
            break;
        }
        kept.push(character);
    }
    kept + "…"
}

/// Shows a text, each run of characters in the font that has them.
fn show(content: &mut Content, left: i16, baseline: i16, text: &str) {
    content.begin_text().next_line(f32::from(left), f32::from(baseline));
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_ascii = first.is_ascii();
        let end = rest.find(|c: char| c.is_ascii() != is_ascii).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if is_ascii {
            content.set_font(LATIN, f32::from(TEXT)).show(Str(run.as_bytes()));
        } else {
            let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
            content.set_font(CHINESE, f32::from(TEXT)).show(Str(&units));
        }
        rest = after;
    }
    content.end_text();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::{Books, noted};

    fn count(pdf: &[u8], part: &[u8]) -> usize {
        pdf.windows(part.len()).filter(|window| *window == part).count()
    }

    #[test]
    fn every_entry_is_shown_with_its_running_balance() {
        let payments: Vec<(&str, i64)> = (1..=30).map(|_| ("面馆 No. 1", -111)).collect();
        let books = Books::of(&payments);
        let sheet = noted(&books, &[Some("午餐"); 30]);
        let pdf = to_pdf(&sheet, &Texts::CHINESE);
        assert!(pdf.starts_with(b"%PDF-"));
        assert_eq!(count(&pdf, b"(-1.11)"), 30);
        for entry in 1..=30_i64 {
            let minor = 10_000 - 111 * entry;
            let balance = format!("({}.{:02})", minor / 100, minor % 100);
            assert!(count(&pdf, balance.as_bytes()) >= 1, "{balance}");
        }
        // Eight lines of summary, the heading, 30 entries: two pages.
        assert_eq!(count(&pdf, b"/Type /Page\n"), 2);
        assert_eq!(to_pdf(&sheet, &Texts::CHINESE), pdf, "the same statement, the same bytes");
    }

    #[test]
    fn a_text_stays_within_its_column() {
        assert_eq!(fitted("Noodles", 42), "Noodles");
        assert_eq!(fitted("Noodles", 41), "Noodl…");
        assert_eq!(fitted("面馆面馆", 39), "面馆…");
        assert_eq!(fitted("a\nb", 100), "a b");
        for text in ["6216**********0018", "面馆 No. 1", "", "a"] {
            for points in TEXT..200 {
                assert!(width(&fitted(text, points)) <= points, "{text} in {points}");
            }
        }
    }

    #[test]
    fn the_columns_lie_beside_each_other_on_the_page() {
        let edges: Vec<i16> = COLUMNS.iter().flat_map(|c| [c.left, c.right]).collect();
        assert!(edges.is_sorted(), "{edges:?}");
        assert!(edges[0] >= MARGIN && edges[13] <= PAGE.0 - MARGIN);
        let lowest = TOP - LEADING * i16::try_from(LINES_PER_PAGE - 1).unwrap();
        assert!(lowest >= MARGIN, "{lowest}");
    }
}
