//! What must hold once the faults have stopped:
//!
//! - the worker finishes everything that was left;
//! - whoever asks again with the same key is told the same, and what was never answered has
//!   one end, too;
//! - each answered movement stands in its account's journal, which adds up to the balance;
//! - an audit finds no fault, and all balances sum to zero;
//! - the bank's books have the same movements as ours, to the cent.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use feiqian_xtask::api::Caller;
use feiqian_xtask::development;
use serde_json::{Value, json};

use super::Report;
use super::client::{Asked, End, Wallet};
use crate::App;
use crate::expect::AnswerExt as _;

/// How long the worker may take: it may have put a mark off for ten minutes while the bank
/// was away again and again.
const SETTLE_LIMIT: Duration = Duration::from_secs(20 * 60);

/// How often it is looked whether something is pending.
const PERIOD: Duration = Duration::from_millis(500);

/// Tries of a request that must be answered, now that nothing fails.
const TRIES_MAX: usize = 40;

/// Violations that are worth telling in full.
const VIOLATIONS_MAX: usize = 20;

impl Report {
    fn violation(&mut self, what: impl FnOnce() -> String) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(what());
        }
    }
}

/// Looks at everything; what does not hold is in the report.
pub(super) fn verify(
    app: &App,
    wallets: &[Wallet],
    mut asked: Vec<Asked<'_>>,
    report: &mut Report,
    watch: &dyn Fn(&str, Duration),
) {
    let started = Instant::now();
    watch("the worker finishes what was left", Duration::MAX);
    wait_until_settled(app, report);
    report.settled_in = started.elapsed();
    for wallet in wallets {
        let _session = wallet.renew();
    }
    watch("clients ask again", Duration::MAX);
    for found in ask_again(&mut asked) {
        report.violation(|| found);
    }
    wait_until_settled(app, report);
    watch("the books are looked at", Duration::MAX);
    let ours = check_journals(wallets, &asked, report);
    audit(app, report);
    compare_with_bank(app, &ours, report);
}

fn operator() -> Caller {
    Caller::Bearer(development::OPERATOR_TOKEN.to_owned())
}

fn wait_until_settled(app: &App, report: &mut Report) {
    let deadline = Instant::now() + SETTLE_LIMIT;
    loop {
        let pending = app.pending();
        if pending.as_ref().is_ok_and(Vec::is_empty) {
            return;
        }
        if Instant::now() > deadline {
            return report.violation(|| format!("pending for ever: {pending:?}"));
        }
        std::thread::sleep(PERIOD);
    }
}

/// Every client asks everything again at once; gives what does not hold.
fn ask_again(asked: &mut [Asked<'_>]) -> Vec<String> {
    let clients = asked.len().div_ceil(std::thread::available_parallelism().map_or(4, Into::into));
    std::thread::scope(|scope| {
        let shares = asked.chunks_mut(clients.max(1));
        let threads: Vec<_> = shares
            .map(|share| scope.spawn(|| share.iter_mut().filter_map(one_end).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// Asks again, and expects the end that was told before.
fn one_end(asked: &mut Asked<'_>) -> Option<String> {
    let answered = (0..TRIES_MAX).any(|tries| {
        if tries > 0 {
            std::thread::sleep(PERIOD);
        }
        asked.ask().is_some()
    });
    match asked.ends.as_slice() {
        [_] if answered => None,
        _ => Some(format!("not one answer, always the same: {}", asked.describe())),
    }
}

/// Holds the journals against the answers; gives all movements with the bank, by id.
fn check_journals(
    wallets: &[Wallet],
    asked: &[Asked<'_>],
    report: &mut Report,
) -> BTreeMap<String, i64> {
    let (mut ours, mut sums) = (BTreeMap::new(), BTreeMap::new());
    for wallet in wallets {
        let customer = wallet.renew();
        let entries = customer.entries();
        let mut sum = 0;
        for entry in &entries {
            let amount = fen(&entry["amount"]["value"]);
            sum += amount;
            let id = entry["operation_id"].as_str().unwrap_or_default().to_owned();
            if ["top_up", "withdrawal", "withdrawal_reversal"].iter().any(|k| entry["kind"] == *k) {
                *ours.entry(id.clone()).or_default() += amount;
            }
            *sums.entry(id).or_insert(0) += amount;
        }
        let balance = fen(&Value::String(customer.balance()));
        if sum != balance {
            let account = &customer.account;
            report.violation(|| format!("{account} has {balance} fen and entries of {sum}"));
        }
    }
    for asked in asked {
        let (Some(End::Moved(body)), Some(moves)) = (asked.ends.last(), asked.moves) else {
            continue;
        };
        let id = body["operation_id"].as_str().unwrap_or_default();
        if sums.get(id) != Some(&moves) {
            report.violation(|| format!("{id} was answered and stands as {:?}", sums.get(id)));
        }
    }
    ours.retain(|_, amount| *amount != 0);
    ours
}

fn audit(app: &App, report: &mut Report) {
    let mut body = json!({"limit": 500});
    loop {
        let request = app.api().post("/v1/operations/audits", &body).by(&operator());
        let batch = request.send().unwrap().ok(200);
        for finding in batch.at("/findings").as_array().into_iter().flatten() {
            if finding["kind"] != "creation_unfinished" {
                report.violation(|| format!("an audit found {finding}"));
            }
        }
        if batch.at("/has_more") == false {
            let counts = batch.at("/documents");
            let counts = counts.as_object().into_iter().flatten();
            report.documents = counts.filter_map(|(_, count)| count.as_u64()).sum();
            let rests = |what: &str| batch.text_of(what) == "0.00";
            if !(rests("/sum/value") && rests("/in_flight/value") && batch.at("/balanced") == true)
            {
                report.violation(|| format!("the books do not add up: {}", batch.text()));
            }
            return;
        }
        body["cursor"] = batch.at("/cursor");
    }
}

fn compare_with_bank(app: &App, ours: &BTreeMap<String, i64>, report: &mut Report) {
    let seen = app.bank().get("/sandbox/movements").send().unwrap().ok(200);
    let mut theirs = BTreeMap::new();
    for line in seen.at("/movements").as_array().into_iter().flatten() {
        let sign = if line["kind"] == "debit" { 1 } else { -1 };
        let id = line["request_id"].as_str().unwrap_or_default().to_owned();
        *theirs.entry(id).or_insert(0) += sign * fen(&line["amount"]["value"]);
    }
    report.bank_movements = theirs.len();
    if seen.at("/complete") != true {
        report.violation(|| "the bank has too many movements to be compared".to_owned());
    }
    let differing = |id: &&String| ours.get(*id) != theirs.get(*id);
    let wrong: Vec<&String> = ours.keys().chain(theirs.keys()).filter(differing).collect();
    for id in wrong {
        report.violation(|| {
            format!("{id} is {:?} fen here and {:?} at the bank", ours.get(id), theirs.get(id))
        });
    }
}

/// An amount on the wire in fen.
fn fen(value: &Value) -> i64 {
    value.as_str().unwrap_or_default().replace('.', "").parse().unwrap()
}
