use csv::{Error, Writer};
use feiqian_calendar::Calendar;
use feiqian_edge::{Answer, Call, Problem, ProblemCode};
use feiqian_flows::{BillPart, settlement_bill};
use feiqian_money::Amount;
use feiqian_signing::content_digest;
use feiqian_statements::{BYTE_ORDER_MARK, as_text, yuan};
use http::HeaderName;

use crate::settings::{Settings, day_of};

/// SHA-256 of the file (RFC 9530).
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// The columns: a program reads them, so they are the same in every language.
const COLUMNS: [&str; 9] = [
    "at",
    "order_id",
    "reference",
    "kind",
    "amount",
    "fee",
    "amount_so_far",
    "fees_so_far",
    "operation_id",
];

/// `GET /v1/merchants/:merchant_id/settlements/:day/file?part=`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let (merchant, day) = (call.id("merchant_id")?, day_of(call)?);
    let part = call.query(&["part"])?.number("part", 1..=u32::MAX, 1)?;
    let part = settlement_bill(&settings.platform, &partner, &merchant, day, part.into()).await?;
    let failed = |error| Problem::new(ProblemCode::InternalError).because(error);
    let file = to_csv(&part, settings.calendar).map_err(|error| failed(error.to_string()))?;
    let digest = content_digest(&file).map_err(|error| failed(error.to_string()))?;
    let name = format!("settlement-{day}-{}.csv", part.part);
    Ok(Answer::file("text/csv; charset=utf-8", &name, file).header(CONTENT_DIGEST, digest))
}

/// A part of a day: its lines with what this part adds up to so far, then what the whole day
/// adds up to.
fn to_csv(bill: &BillPart, calendar: Calendar) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
    writer.write_record(COLUMNS)?;
    let (mut amounts, mut fees) = (Amount::ZERO, Amount::ZERO);
    let overflow = |error: feiqian_money::AmountError| Error::from(std::io::Error::other(error));
    for line in &bill.lines {
        amounts = amounts.checked_add(line.amount).map_err(overflow)?;
        fees = fees.checked_add(line.fee).map_err(overflow)?;
        writer.write_record([
            &calendar.format(line.at),
            &line.order,
            &as_text(&line.reference),
            line.kind.as_str(),
            &yuan(line.amount),
            &yuan(line.fee),
            &yuan(amounts),
            &yuan(fees),
            &line.operation,
        ])?;
    }
    let (settlement, tally) = (&bill.settlement, &bill.settlement.tally);
    for (name, amount) in [
        ("day_payments", tally.paid_in),
        ("day_refunds", tally.given_back),
        ("day_fees", tally.fees),
        ("carried_in", settlement.carried),
        ("net", settlement.due),
        ("carried_over", settlement.carried_over),
    ] {
        writer.write_record(["", "", "", name, &yuan(amount), "", "", "", ""])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}
