use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use feiqian_edge::{Answer, Call, OperatorScope, Problem, query};
use feiqian_flows::{AUDIT_BATCH_MAX, audit};
use feiqian_ledger::audit::{Finding, Totals};
use feiqian_money::Money;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// Documents in one batch unless told otherwise: well below a request's time.
const LIMIT_DEFAULT: u16 = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    limit: Option<u16>,
}

/// Where an audit stands: what a cursor says, so that each answer has the sums of all
/// batches so far and nothing of an audit is stored.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    after: String,
    totals: Totals,
}

impl Progress {
    fn encode(&self) -> Result<String, Problem> {
        let json = serde_json::to_vec(self).map_err(|_| invalid_cursor())?;
        Ok(BASE64URL_NOPAD.encode(&json))
    }

    fn decode(cursor: &str) -> Result<Self, Problem> {
        let json = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| invalid_cursor())?;
        feiqian_json::from_slice(&json).map_err(|_| invalid_cursor())
    }
}

fn invalid_cursor() -> Problem {
    query::invalid("cursor", "it is not one that an answer gave", "不是应答中给出的游标")
}

#[derive(Serialize)]
struct AuditBody<'a> {
    documents: &'a BTreeMap<String, u64>,
    balances: BTreeMap<&'a str, Money>,
    sum: Money,
    in_flight: Money,
    faults: u64,
    unfinished: u64,
    findings: &'a [Finding],
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    balanced: Option<bool>,
}

/// `POST /v1/operations/audits`: one batch of an audit, with the sums of all batches so far
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Read)?;
    let body: Body = call.json()?;
    let limit = usize::from(body.limit.unwrap_or(LIMIT_DEFAULT));
    if !(1..=AUDIT_BATCH_MAX).contains(&limit) {
        let en = format!("it is a whole number from 1 to {AUDIT_BATCH_MAX}");
        return Err(query::invalid("limit", en, format!("应为 1 至 {AUDIT_BATCH_MAX} 的整数")));
    }
    let progress = body.cursor.map_or_else(|| Ok(Progress::default()), |c| Progress::decode(&c))?;
    acting.perform(&settings.platform, async || batch(settings, progress, limit).await).await
}

async fn batch(
    settings: &Settings,
    mut progress: Progress,
    limit: usize,
) -> Result<Answer, Problem> {
    let batch = audit(&settings.platform, &mut progress.totals, &progress.after, limit).await?;
    let has_more = batch.next.is_some();
    let cursor = match batch.next {
        Some(next) => {
            progress.after = next;
            Some(progress.encode()?)
        }
        None => None,
    };
    let totals = &progress.totals;
    Ok(Answer::ok(&AuditBody {
        documents: &totals.documents,
        balances: totals
            .balances
            .iter()
            .map(|(whose, sum)| (whose.as_str(), (*sum).into()))
            .collect(),
        sum: totals.sum().map_err(feiqian_flows::FlowError::from)?.into(),
        in_flight: totals.in_flight.into(),
        faults: totals.faults,
        unfinished: totals.unfinished,
        findings: &batch.findings,
        has_more,
        cursor,
        balanced: (!has_more).then(|| totals.is_balanced()),
    }))
}
