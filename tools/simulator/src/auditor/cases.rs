//! What the auditor checks of reported operations: each has one case, which the bank and the
//! partner are told of, and which is never lost.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Auditor;
use crate::history::Violation;
use crate::store::Content;

/// What is known of cases.
#[derive(Debug, Default)]
pub struct Cases {
    /// Each case as its account or its own document has it.
    cases: BTreeMap<String, Value>,
    /// The cases in each account.
    of_account: BTreeMap<String, BTreeSet<String>>,
    /// Those that the bank has been told of, and those that stand in a partner's log.
    reported: BTreeSet<String>,
    logged: BTreeSet<String>,
    logs: BTreeMap<String, Vec<Value>>,
}

impl Cases {
    /// Each case, and whether it is over.
    pub(super) fn known(&self) -> impl Iterator<Item = (&str, bool)> {
        self.cases.iter().map(|(id, case)| (id.as_str(), case.get("closing").is_some()))
    }
}

fn id_of(case: &Value) -> &str {
    case["id"].as_str().unwrap_or_default()
}

fn is_told(case: &Value) -> bool {
    case.get("told_at").is_some()
}

fn is_over(case: &Value) -> bool {
    is_told(case) && case.get("closing").is_some()
}

/// What a case says from the beginning.
fn fixed(case: &Value) -> Vec<&Value> {
    let fields = ["account", "partner", "operation", "amount", "reason", "froze", "opened_at"];
    fields.iter().map(|field| &case[*field]).collect()
}

/// Facts that were noted stay as they are.
fn goes_on(before: &Value, now: &Value) -> bool {
    let kept = |field: &str| before.get(field).is_none_or(|fact| Some(fact) == now.get(field));
    fixed(before) == fixed(now) && kept("told_at") && kept("closing")
}

impl Auditor {
    /// The cases in an account change.
    pub(super) fn saw_cases(
        &mut self,
        account: &str,
        cases: Vec<Value>,
        freezes: &[Value],
        content: &Content,
    ) -> Result<(), Violation> {
        let now: BTreeSet<String> = cases.iter().map(|case| id_of(case).to_owned()).collect();
        let known = self.reports.of_account.insert(account.to_owned(), now.clone());
        let known = known.unwrap_or_default();
        for lost in known.difference(&now) {
            let archived = content.get(&format!("case/{lost}")).is_some();
            if !archived || self.reports.cases.get(lost).is_none_or(|case| !is_over(case)) {
                return wrong(lost, "has left its account before it was over and archived");
            }
        }
        for case in cases {
            let id = id_of(&case).to_owned();
            if let Some(before) = self.reports.cases.get(&id) {
                if !known.contains(&id) {
                    return wrong(&id, "is opened twice");
                }
                if !goes_on(before, &case) {
                    return wrong(&id, "has changed");
                }
            } else {
                let same = |other: &Value| other["operation"] == case["operation"];
                let frozen = freezes.iter().any(|freeze| freeze["by"] == "holder");
                if self.reports.cases.values().any(same) {
                    return wrong(&id, "is a second case of its operation");
                }
                if !self.is_marked(&id) {
                    return wrong(&id, "is opened without a pending mark");
                }
                if case["froze"] == true && !frozen {
                    return wrong(&id, "is to freeze its account, and has not");
                }
            }
            let told = self.reports.reported.contains(&id) && self.reports.logged.contains(&id);
            if is_told(&case) && !told {
                return wrong(&id, "counts as told, and bank or partner do not know of it");
            }
            self.reports.cases.insert(id, case);
        }
        Ok(())
    }

    /// A case is written out: as it was, and over.
    pub(super) fn saw_case(&self, id: &str, case: &Value) -> Result<(), Violation> {
        match self.reports.cases.get(id) {
            Some(known) if known == case && is_over(case) => Ok(()),
            _ => wrong(id, "is archived otherwise than it was"),
        }
    }

    /// A page of what a partner is told: its lines stay.
    pub(super) fn saw_case_log(&mut self, key: &str, lines: Vec<Value>) -> Result<(), Violation> {
        let before = self.reports.logs.get(key).map_or(&[][..], Vec::as_slice);
        if !lines.starts_with(before) {
            return wrong(key, "has lost what its partner was told");
        }
        for line in &lines {
            let id = line["case"].as_str().unwrap_or_default();
            let known = self.reports.cases.get(id);
            if known.is_none_or(|case| case["operation"] != line["operation"]) {
                return wrong(id, "is told, and is no such case");
            }
            self.reports.logged.insert(id.to_owned());
        }
        self.reports.logs.insert(key.to_owned(), lines);
        Ok(())
    }

    /// The bank is told of a case.
    ///
    /// # Errors
    /// That there is no such case.
    pub fn saw_reported(&mut self, id: &str, operation: &str) -> Result<(), Violation> {
        let known = self.reports.cases.get(id);
        if known.is_none_or(|case| case["operation"] != operation) {
            return wrong(id, "is reported to the bank, and is no such case");
        }
        self.reports.reported.insert(id.to_owned());
        Ok(())
    }

    /// An operator hears that a case is closed.
    ///
    /// # Errors
    /// That it is not.
    pub fn saw_case_closed(&mut self, id: &str) -> Result<(), Violation> {
        let known = self.reports.cases.get(id);
        if known.is_some_and(|case| case.get("closing").is_some()) {
            return Ok(());
        }
        wrong(id, "counts as closed and is open")
    }

    /// Whether a case is closed.
    pub fn is_case_over(&self, id: &str) -> bool {
        self.reports.known().any(|(known, is_over)| known == id && is_over)
    }

    /// Whether bank or partner have yet to be told of a case, which so needs a mark.
    pub(super) fn is_untold(&self, id: &str) -> bool {
        self.reports.cases.get(id).is_some_and(|case| !is_told(case))
    }

    /// The first case that bank or partner were not told of.
    pub(super) fn untold(&self) -> Option<&str> {
        self.reports.cases.iter().find(|(_, case)| !is_told(case)).map(|(id, _)| id.as_str())
    }
}

fn wrong(id: &str, what: &str) -> Result<(), Violation> {
    Err(Violation::new(format!("case {id} {what}"), &[id]))
}
