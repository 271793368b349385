//! A medical insurer with books of its own, as faulty as the bank.

use std::collections::{BTreeMap, BTreeSet};

use feiqian_flows::Insurer;
use feiqian_gateway_api::GatewayRequest as _;
use feiqian_insurer_api::{
    Claim, DeclineReason, InsurerReply, InsurerRequest, LineSplit, SettlementStatus, WireSplit,
};
use feiqian_ledger::RefundId;
use feiqian_money::{Amount, Money};
use std::rc::Rc;

use crate::clock::HOUR_MS;
use crate::faults::BankFault;
use crate::world::World;

/// Where everybody is insured.
pub const REGION: &str = "110100";

/// How long the insurer takes over a settlement at the most, milliseconds.
const PROCESSING_MAX_MS: u64 = 2 * HOUR_MS;

/// The insurer as one task reaches it.
pub struct SimInsurer(pub Rc<World>);

/// The insurer's own books.
#[derive(Debug, Default)]
pub struct InsurerBooks {
    settlements: BTreeMap<String, Settlement>,
    given_back: BTreeSet<(String, u16)>,
}

/// A commit or a reversal that the insurer has been asked for.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The commit that it is, or gives lines back of.
    pub commit: String,
    /// Its lines, as far as they are settled or given back: the parts of each, cash last.
    pub lines: Option<BTreeMap<u16, [i64; 5]>>,
    /// Whether it gives back.
    pub reverses: bool,
    known_from_ms: u64,
    told: bool,
}

fn money(minor: i64) -> Money {
    Amount::from_minor(minor).into()
}

fn parts_of(split: &WireSplit) -> [i64; 5] {
    [split.hifp_pay, split.acct_pay, split.acct_mulaid_pay, split.oth_pay, split.psn_cash_pay]
        .map(|money| money.amount.minor())
}

/// The fund pays half, or all of every third amount; the personal account a tenth.
fn split(minor: i64) -> WireSplit {
    let (pooled, personal) = if minor % 3 == 0 { (minor, 0) } else { (minor / 2, minor / 10) };
    WireSplit {
        hifp_pay: money(pooled),
        acct_pay: money(personal),
        acct_mulaid_pay: money(0),
        oth_pay: money(0),
        psn_cash_pay: money(minor - pooled - personal),
    }
}

fn splits(claim: &Claim) -> Vec<LineSplit> {
    let lines = claim.lines.iter();
    lines
        .map(|line| LineSplit { line: line.line, split: split(line.amount.amount.minor()) })
        .collect()
}

impl InsurerBooks {
    fn take(
        &mut self,
        world: &World,
        id: &str,
        commit: &str,
        lines: Option<Vec<LineSplit>>,
        reverses: bool,
    ) {
        let slow = world.faults.strikes(&world.dice, |rates| rates.bank_processing);
        let wait = if slow { world.dice.between(0, PROCESSING_MAX_MS) } else { 0 };
        let lines = lines
            .map(|lines| lines.iter().map(|line| (line.line, parts_of(&line.split))).collect());
        let known_from_ms = world.clock.elapsed_ms() + wait;
        let settlement =
            Settlement { commit: commit.to_owned(), lines, reverses, known_from_ms, told: false };
        self.settlements.insert(id.to_owned(), settlement);
    }

    fn commit(&mut self, world: &World, id: &str, claim: &Claim) {
        if self.settlements.contains_key(id) {
            return;
        }
        let declines = world.faults.strikes(&world.dice, |rates| rates.bank_decline);
        let mut lines = splits(claim);
        match (declines, world.dice.below(3)) {
            (true, 0) => {
                let split = &mut lines[0].split;
                let pooled = split.hifp_pay.amount.minor();
                let cash = split.psn_cash_pay.amount.minor();
                (split.hifp_pay, split.psn_cash_pay) = (money(pooled - 1), money(cash + 1));
                self.take(world, id, id, Some(lines), false);
            }
            (true, _) => self.take(world, id, id, None, false),
            (false, _) => self.take(world, id, id, Some(lines), false),
        }
    }

    fn reverse(&mut self, world: &World, id: &str, commit: &str, wanted: &[u16]) {
        if self.settlements.contains_key(id) {
            return;
        }
        let settled = self.settlements.get(commit).and_then(|known| known.lines.clone());
        let lines: Option<BTreeMap<u16, [i64; 5]>> = settled.and_then(|settled| {
            let free = |line: &u16| !self.given_back.contains(&(commit.to_owned(), *line));
            wanted
                .iter()
                .map(|line| Some((*line, *settled.get(line).filter(|_| free(line))?)))
                .collect()
        });
        // What gives everything back is never declined; a refund of lines may be.
        let refunds = id.starts_with(RefundId::PREFIX);
        let declines = refunds && world.faults.strikes(&world.dice, |rates| rates.bank_decline);
        let lines = lines.filter(|_| !declines);
        for line in lines.iter().flat_map(BTreeMap::keys) {
            self.given_back.insert((commit.to_owned(), *line));
        }
        self.take(world, id, commit, None, true);
        if let Some(known) = self.settlements.get_mut(id) {
            known.lines = lines;
        }
    }

    fn status(&self, world: &World, id: &str) -> SettlementStatus {
        let Some(known) = self.settlements.get(id) else { return SettlementStatus::NotFound };
        if world.clock.elapsed_ms() < known.known_from_ms {
            return SettlementStatus::Processing;
        }
        match &known.lines {
            None => SettlementStatus::Rejected { reason: DeclineReason::Other },
            Some(lines) => SettlementStatus::Settled {
                lines: lines.iter().map(|(line, parts)| line_of(*line, *parts)).collect(),
                settled_at_ms: world.clock.wall(0).as_millis(),
            },
        }
    }

    /// What has been decided since the last call.
    fn news(&mut self, now_ms: u64) -> Vec<(String, Settlement)> {
        let mut news = Vec::new();
        for (id, known) in &mut self.settlements {
            if !known.told && known.known_from_ms <= now_ms {
                known.told = true;
                news.push((id.clone(), known.clone()));
            }
        }
        news
    }
}

fn line_of(line: u16, parts: [i64; 5]) -> LineSplit {
    let [hifp_pay, acct_pay, acct_mulaid_pay, oth_pay, psn_cash_pay] = parts.map(money);
    let split = WireSplit { hifp_pay, acct_pay, acct_mulaid_pay, oth_pay, psn_cash_pay };
    LineSplit { line, split }
}

impl World {
    /// A request arrives at the insurer.
    pub fn ask_insurer(&self, request: &InsurerRequest) -> InsurerReply {
        if let InsurerRequest::Commit { request_id, .. } = request {
            self.audit(|auditor| auditor.saw_insurer_asked(request_id, request_id, false));
        }
        if let InsurerRequest::Reverse { request_id, commit, .. } = request {
            self.audit(|auditor| auditor.saw_insurer_asked(request_id, commit, true));
        }
        let reply = self.insure(request);
        self.hear_insurer();
        reply
    }

    /// Tells the auditor what the insurer has decided by now.
    pub fn hear_insurer(&self) {
        let news = self.insurer_books().news(self.clock.elapsed_ms());
        for (id, known) in news {
            self.note(|| format!("the insurer has decided {id}: {:?}", known.lines));
            self.audit(|auditor| auditor.saw_insurer_decide(&id, &known));
        }
    }

    fn insure(&self, request: &InsurerRequest) -> InsurerReply {
        let mut books = self.insurer_books();
        match request {
            InsurerRequest::Activate { resident_id, .. } => InsurerReply::Credential {
                token: format!("ins_{resident_id}"),
                region: REGION.to_owned(),
            },
            InsurerRequest::Presettle { claim, .. } => InsurerReply::Split { lines: splits(claim) },
            InsurerRequest::Commit { request_id, claim } => {
                books.commit(self, request_id, claim);
                InsurerReply::Settlement { status: books.status(self, request_id) }
            }
            InsurerRequest::Reverse { request_id, commit, lines } => {
                books.reverse(self, request_id, commit, lines);
                InsurerReply::Settlement { status: books.status(self, request_id) }
            }
            InsurerRequest::Query { request_id } => {
                InsurerReply::Settlement { status: books.status(self, request_id) }
            }
            InsurerRequest::Statement { .. } => InsurerReply::Unknown,
        }
    }
}

impl Insurer for SimInsurer {
    async fn request(&self, request: InsurerRequest) -> InsurerReply {
        let world = &self.0;
        world.point().await;
        let fault = world.faults.of_bank(&world.dice);
        let reply = match fault {
            BankFault::Lost => InsurerReply::Unknown,
            BankFault::Late => {
                world.ask_insurer_late(request.clone());
                InsurerReply::Unknown
            }
            BankFault::Mute => {
                world.ask_insurer(&request);
                InsurerReply::Unknown
            }
            BankFault::Repeat => {
                world.ask_insurer_late(request.clone());
                world.ask_insurer(&request)
            }
            BankFault::None => world.ask_insurer(&request),
        };
        world.note(|| {
            let (what, id) = (request.operation(), request.request_id());
            format!("insurer {what} {id}: {reply:?} ({fault:?})")
        });
        world.point().await;
        reply
    }
}
