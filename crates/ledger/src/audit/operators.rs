//! What must hold of operators' logs.

use super::check::Findings;
use super::{Documents, FindingKind};
use crate::{OperatorLog, OperatorLogPage};

/// The page that a log has let go of last.
pub(super) fn last_page(log: &OperatorLog) -> Option<String> {
    let last = log.pages().checked_sub(1)?;
    Some(OperatorLogPage::key(log.operator(), log.book(), last))
}

pub(super) fn check_log(log: &OperatorLog, documents: &Documents, findings: &mut Findings<'_>) {
    let last = last_page(log);
    let page: Option<OperatorLogPage> = last.as_ref().and_then(|key| documents.get(key));
    let missing = last.filter(|_| page.is_none());
    if let Err(error) = log.verify() {
        findings.add(FindingKind::ChainBroken, error.to_string());
    } else if let Some(key) = missing {
        findings.add(FindingKind::PageMissing, format!("{key} is not there"));
    } else if !log.follows(page.as_ref()) {
        findings.add(FindingKind::ChainBroken, "it does not follow from its last page");
    }
}

pub(super) fn check_page(
    page: &OperatorLogPage,
    documents: &Documents,
    findings: &mut Findings<'_>,
) {
    if let Some(log) = documents.get::<OperatorLog>(&page.log_key()) {
        // The one behind the last may be on its way: it is written before the log says so.
        findings.unless(page.number() <= log.pages(), FindingKind::PageOrphaned, || {
            format!("{} has {} pages", page.log_key(), log.pages())
        });
    }
    if let Err(error) = page.verify() {
        findings.add(FindingKind::ChainBroken, error.to_string());
        return;
    }
    let before = page.key_before();
    let previous: Option<OperatorLogPage> = before.as_ref().and_then(|key| documents.get(key));
    match before.filter(|_| previous.is_none()) {
        Some(key) => findings.add(FindingKind::PageMissing, format!("{key} is not there")),
        None => findings.unless(page.follows(previous.as_ref()), FindingKind::ChainBroken, || {
            "it does not follow from the page before".to_owned()
        }),
    }
}
