use barcoders::sym::code128::Code128;
use data_encoding::BASE64;
use qrcode::{Color, EcLevel, QrCode};
use serde::Serialize;
use std::fmt::Write as _;

/// Light modules around a QR code (ISO/IEC 18004).
const QR_QUIET: usize = 4;

/// Light modules beside a Code 128 barcode (ISO/IEC 15417).
const BARCODE_QUIET: usize = 10;

/// Height of a barcode, modules: 15 % of its width at least (ISO/IEC 15417).
const BARCODE_HEIGHT: usize = 40;

/// Pixels of a module's side in a PNG: a QR code of 45 modules has 424 pixels a side.
const PNG_SCALE: usize = 8;

/// In front of digits, for barcoders: Code 128's set C, two digits a symbol.
const SET_C: char = '\u{0106}';

/// Why there is no picture of a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The code cannot hold the text.
    #[error("the code cannot hold the text")]
    Text,
    /// The picture could not be written, which no size of ours makes happen.
    #[error("the picture could not be written")]
    Unwritable,
}

/// A picture in both forms, as answers have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PictureFiles {
    /// The SVG document.
    pub svg: String,
    /// The PNG file in base64.
    pub png: String,
}

/// A code as dark and light modules, with the light border that readers need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    /// Row by row; true is dark.
    rows: Vec<Vec<bool>>,
}

impl Picture {
    /// A QR code of a text, readable with 15 % of it covered.
    ///
    /// # Errors
    /// [`PictureError::Text`] if it is too long.
    pub fn qr(text: &str) -> Result<Self, PictureError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)
            .map_err(|_| PictureError::Text)?;
        let side = code.width();
        let width = side + 2 * QR_QUIET;
        let mut rows = vec![vec![false; width]; width];
        for (index, color) in code.into_colors().into_iter().enumerate() {
            let (x, y) = (index % side + QR_QUIET, index / side + QR_QUIET);
            if let Some(module) = rows.get_mut(y).and_then(|row| row.get_mut(x)) {
                *module = color == Color::Dark;
            }
        }
        Ok(Self { width, rows })
    }

    /// A Code 128 barcode of an even number of digits.
    ///
    /// # Errors
    /// [`PictureError::Text`] for anything else.
    pub fn code_128(digits: &str) -> Result<Self, PictureError> {
        if !digits.len().is_multiple_of(2) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PictureError::Text);
        }
        let code = Code128::new(format!("{SET_C}{digits}")).map_err(|_| PictureError::Text)?;
        let mut row = vec![false; BARCODE_QUIET];
        row.extend(code.encode().into_iter().map(|module| module == 1));
        row.extend([false; BARCODE_QUIET]);
        Ok(Self { width: row.len(), rows: vec![row; BARCODE_HEIGHT] })
    }

    /// The picture as SVG and PNG.
    ///
    /// # Errors
    /// As [`Self::png`].
    pub fn files(&self) -> Result<PictureFiles, PictureError> {
        Ok(PictureFiles { svg: self.svg(), png: BASE64.encode(&self.png()?) })
    }

    /// The picture as an SVG document, one unit for each module. Rows that follow one another and
    /// are the same, as a barcode's are, are drawn as one.
    #[must_use]
    pub fn svg(&self) -> String {
        let (width, height) = (self.width, self.rows.len());
        let mut path = String::new();
        let mut y = 0;
        for same in self.rows.chunk_by(|a, b| a == b) {
            let mut x = 0;
            for run in same.first().into_iter().flat_map(|row| row.chunk_by(|a, b| a == b)) {
                if run.first() == Some(&true) {
                    // Writing to a String does not fail.
                    let _ = write!(path, "M{x} {y}h{}v{}H{x}z", run.len(), same.len());
                }
                x += run.len();
            }
            y += same.len();
        }
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{width}v{height}H0z"/><path d="{path}"/></svg>"##
        )
    }

    /// The picture as a PNG file, black on white, eight pixels for each module's side.
    ///
    /// # Errors
    /// [`PictureError::Unwritable`].
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        let side = |modules: usize| {
            u32::try_from(modules * PNG_SCALE).map_err(|_| PictureError::Unwritable)
        };
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side(self.width)?, side(self.rows.len())?);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        // A line is most often the one above it. A kilobyte instead of a third of one, in a tenth
        // of the time.
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Up);
        let mut writer = encoder.write_header().map_err(|_| PictureError::Unwritable)?;
        // A module is eight pixels, eight pixels of one bit are a byte: no row has a rest.
        let mut pixels = Vec::with_capacity(self.width * self.rows.len() * PNG_SCALE);
        for row in &self.rows {
            let line = row.iter().map(|dark| if *dark { 0 } else { u8::MAX });
            for _ in 0..PNG_SCALE {
                pixels.extend(line.clone());
            }
        }
        writer.write_image_data(&pixels).map_err(|_| PictureError::Unwritable)?;
        writer.finish().map_err(|_| PictureError::Unwritable)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The picture as a reader of PNG sees it: true is dark.
    fn pixels(png: &[u8]) -> (usize, usize, Vec<bool>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let (width, height) = (info.width as usize, info.height as usize);
        let dark = (0..width * height).map(|at| {
            let byte = bytes[at / width * info.line_size + at % width / 8];
            byte >> (7 - at % width % 8) & 1 == 0
        });
        (width, height, dark.collect())
    }

    #[test]
    fn a_qr_code_is_read_by_another_implementation() {
        for text in ["880000000000000005", "飞钱 00020101021229300012", &"x".repeat(512)] {
            let (width, height, dark) = pixels(&Picture::qr(text).unwrap().png().unwrap());
            let mut image =
                rqrr::PreparedImage::prepare_from_bitmap(width, height, |x, y| dark[y * width + x]);
            let (_, read) = image.detect_grids()[0].decode().unwrap();
            assert_eq!(read, text);
        }
        assert_eq!(Picture::qr(&"x".repeat(3000)), Err(PictureError::Text));
    }

    #[test]
    fn a_barcode_of_18_digits_has_its_symbols_and_quiet_zones() {
        let picture = Picture::code_128("880000000000000005").unwrap();
        // Start, nine pairs and the check symbol have 11 modules each, the stop 13.
        assert_eq!(picture.width, 11 * 11 + 13 + 20);
        let text: String =
            picture.rows[0].iter().map(|dark| if *dark { '1' } else { '0' }).collect();
        // Start C, a symbol for 88, seven for 00, one for 05 (ISO/IEC 15417).
        assert!(text.starts_with(&format!("{}11010011100", "0".repeat(10))), "{text}");
        assert_eq!(text[32..109], "11011001100".repeat(7));
        assert!(text.ends_with(&format!("1100011101011{}", "0".repeat(10))), "{text}");
        for digits in ["1", "12a4", "é"] {
            assert_eq!(Picture::code_128(digits), Err(PictureError::Text), "{digits}");
        }
    }

    #[test]
    fn svg_and_png_show_the_same_modules() {
        let barcode = Picture::code_128("880000000000000005").unwrap();
        assert!(barcode.svg().len() < 1_000, "its bars are drawn once and not line by line");
        for picture in [Picture::qr("feiqian").unwrap(), barcode] {
            let (width, height, dark) = pixels(&picture.png().unwrap());
            assert_eq!((width, height), (picture.width * 8, picture.rows.len() * 8));
            assert_eq!(drawn(&picture), picture.rows);
            let sampled = |x: usize, y: usize| dark[(y * 8 + 4) * width + x * 8 + 4];
            for (y, row) in picture.rows.iter().enumerate() {
                for (x, dark) in row.iter().enumerate() {
                    assert_eq!(sampled(x, y), *dark, "{x} {y}");
                }
            }
        }
    }

    /// The modules that a picture's SVG draws.
    fn drawn(picture: &Picture) -> Vec<Vec<bool>> {
        let svg = picture.svg();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        let number = |text: &str| text.parse::<usize>().unwrap();
        let mut drawn = vec![vec![false; picture.width]; picture.rows.len()];
        for bar in svg.split("<path d=\"").nth(1).unwrap().split('M').skip(1) {
            let (x, rest) = bar.split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let (width, rest) = rest.split_once('v').unwrap();
            let height = rest.split('H').next().unwrap();
            let (x, y) = (number(x), number(y));
            for row in &mut drawn[y..y + number(height)] {
                row[x..x + number(width)].fill(true);
            }
        }
        drawn
    }
}
