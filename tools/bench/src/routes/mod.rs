//! Every operation of docs/openapi.json: a case for each says what is asked for, and what has to
//! be there before.

mod accounts;
mod contract;
mod medical;
mod operators;
mod partners;
mod paying;
mod stage;

use std::ops::Range;

use anyhow::{Context as _, Result, anyhow};
use bytes::Bytes;

pub use contract::Contract;
pub use stage::{Asked, Stage, Turn};

use crate::measure::load::{Requests, over_connection};

/// Requests that are made ready at the same time.
const MAKERS: u64 = 8;

/// How often a case can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Often {
    /// As often as one likes; making a request asks for nothing.
    Any,
    /// Once by each customer, or after something else was asked for.
    Once,
    /// Once by each of customers who have just opened an account, and have a PIN and no card.
    Newcomers,
}

/// How an operation is asked for.
pub struct Case {
    /// The operation's name.
    pub operation: &'static str,
    /// How often.
    pub often: Often,
    /// The group of customers with whom it begins.
    pub group: u8,
    /// Makes a request.
    pub make: fn(&Stage<'_>, &Turn<'_>) -> Result<Asked>,
}

impl Case {
    const fn any(
        operation: &'static str,
        make: fn(&Stage<'_>, &Turn<'_>) -> Result<Asked>,
    ) -> Self {
        Self { operation, often: Often::Any, group: 0, make }
    }

    const fn once(
        operation: &'static str,
        make: fn(&Stage<'_>, &Turn<'_>) -> Result<Asked>,
    ) -> Self {
        Self { operation, often: Often::Once, group: 0, make }
    }

    const fn newcomers(
        operation: &'static str,
        make: fn(&Stage<'_>, &Turn<'_>) -> Result<Asked>,
    ) -> Self {
        Self { operation, often: Often::Newcomers, group: 0, make }
    }

    const fn of_group(self, group: u8) -> Self {
        Self { group, ..self }
    }

    /// One that needs nothing but its path.
    const fn plain(operation: &'static str) -> Self {
        Self::any(operation, |_, _| Ok(Asked::default()))
    }

    /// Makes requests ready.
    ///
    /// # Errors
    ///
    /// When what has to be there before cannot be had.
    pub fn requests(&self, stage: &Stage<'_>, count: u64) -> Result<Requests> {
        let requests = match self.often {
            Often::Any => (0..count).map(|_| self.request(stage, &stage.turn()?)).collect(),
            Often::Once => at_once(0..count, |_| self.request(stage, &stage.turn()?)),
            Often::Newcomers => at_once(0..count, |_| {
                let turn = stage.turn()?;
                let customer = &stage.newcomer(&turn, "II")?;
                self.request(stage, &Turn { customer, ..turn })
            }),
        };
        let requests: Result<Vec<_>> = requests;
        Ok(requests.with_context(|| self.operation)?.into())
    }

    fn request(&self, stage: &Stage<'_>, turn: &Turn<'_>) -> Result<http::Request<Bytes>> {
        let asked = (self.make)(stage, turn)?;
        over_connection(stage.request(self.operation, turn, asked)?.to_http()?)
    }
}

/// All cases, in an order in which none is in the way of one behind it.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    [accounts::CASES, paying::CASES, partners::CASES, medical::CASES, operators::CASES]
        .into_iter()
        .flatten()
        .chain(accounts::LAST)
}

/// What is measured in no case, with the reason.
pub const LEFT_OUT: [(&str, &str); 8] = [
    ("wake_account", "an account sleeps after half a year"),
    ("get_settlement", "needs a day that is over"),
    ("get_settlement_file", "needs a day that is over"),
    ("query_pending", "needs a bank that does not answer"),
    ("create_endpoint", "a partner has at most 8 endpoints"),
    ("remove_endpoint", "a partner has at most 8 endpoints"),
    ("add_partner_key", "a partner has at most 16 keys"),
    ("end_partner_key", "a partner has at most 16 keys"),
];

fn find(operation: &str) -> Result<&'static Case> {
    let found = cases().find(|case| case.operation == operation);
    found.with_context(|| format!("no case asks for {operation}"))
}

/// Does something for each number, several at the same time, in any order.
///
/// # Errors
///
/// When one fails.
fn at_once<T: Send>(numbers: Range<u64>, each: impl Fn(u64) -> Result<T> + Sync) -> Result<Vec<T>> {
    let each = &each;
    std::thread::scope(|scope| {
        let makers: Vec<_> = (0..MAKERS)
            .map(|maker| {
                let own = (numbers.start + maker..numbers.end).step_by(MAKERS as usize);
                scope.spawn(move || own.map(each).collect::<Result<Vec<T>>>())
            })
            .collect();
        let mut made = Vec::new();
        for maker in makers {
            made.extend(maker.join().map_err(|_| anyhow!("a thread gave up"))??);
        }
        Ok(made)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use feiqian_xtask::workspace::Workspace;

    use super::*;
    use crate::operation::Operation;

    #[test]
    fn every_operation_of_the_contract_is_measured_or_left_out_with_a_reason() {
        let contract = Contract::read(&Workspace::find().unwrap().root).unwrap();
        let named: Vec<&str> = cases()
            .map(|case| case.operation)
            .chain(Operation::ALL.map(Operation::name))
            .chain(LEFT_OUT.map(|(operation, _)| operation))
            .collect();
        let once: BTreeSet<&str> = named.iter().copied().collect();
        assert_eq!(once.len(), named.len(), "one is named twice");
        assert_eq!(once, contract.operations().collect::<BTreeSet<_>>());
    }
}
