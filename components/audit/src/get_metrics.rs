use feiqian_edge::{Answer, Call, OperatorScope, Problem, ProblemCode};
use feiqian_flows::{PendingTotal, Platform, list_pending, total_pending};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeMap;

use crate::settings::Settings;

/// Marks that are looked at: with more pending than that, all of them are an alarm already. Each
/// costs up to two reads, at every scrape.
const MARKS_MAX: usize = 500;

/// The exposition format (OpenMetrics 1.0).
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

type ByKind = Family<KindLabel, Gauge>;

/// `GET /v1/operations/metrics`: what is pending, for Prometheus. What is counted by request is
/// in the log.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.looking(call, OperatorScope::Read)?;
    let items = list_pending(&settings.platform, MARKS_MAX).await?;
    let totals = total_pending(&items, settings.platform.now());
    let text = exposition(&totals, items.len() == MARKS_MAX)
        .map_err(|error| Problem::new(ProblemCode::InternalError).because(error))?;
    Ok(Answer::document(OPEN_METRICS, text.into()))
}

fn exposition(
    totals: &BTreeMap<&'static str, PendingTotal>,
    is_full: bool,
) -> Result<String, std::fmt::Error> {
    let (pending, stuck, oldest) = (ByKind::default(), ByKind::default(), ByKind::default());
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    for (&kind, total) in totals {
        let label = KindLabel { kind };
        pending.get_or_create(&label).set(number(total.count));
        stuck.get_or_create(&label).set(number(total.stuck));
        oldest.get_or_create(&label).set(number(total.oldest_ms / 1000));
    }
    let full: Gauge = Gauge::default();
    full.set(i64::from(is_full));
    let mut registry = Registry::with_prefix("feiqian");
    registry.register("pending", "Operations that have not ended", pending);
    registry.register("pending_stuck", "Of these, those that somebody should look at", stuck);
    registry.register_with_unit(
        "pending_oldest",
        "How long the oldest has been under way",
        Unit::Seconds,
        oldest,
    );
    registry.register("pending_full", "1 if more are pending than were looked at", full);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exposition_has_a_sample_for_each_kind_that_is_pending() {
        let total = PendingTotal { count: 3, stuck: 1, oldest_ms: 61_999 };
        let text = exposition(&BTreeMap::from([("top_up", total)]), false).unwrap();
        for line in [
            "feiqian_pending{kind=\"top_up\"} 3",
            "feiqian_pending_stuck{kind=\"top_up\"} 1",
            "feiqian_pending_oldest_seconds{kind=\"top_up\"} 61",
            "feiqian_pending_full 0",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
