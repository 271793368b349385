//! Operators say how merchants are paid out and settle their days; partners read the bills.

use feiqian_calendar::Day;
use feiqian_flows::{
    FlowError, SetSettlementRequest, run_settlements, set_settlement, settlement_bill,
};
use feiqian_identity::{BankAccountNumber, CnapsCode};
use feiqian_ledger::{FeeRate, MerchantId};

use super::requests::partner;
use super::{Request, Workload};
use crate::clock::DAY_MS;
use crate::history::Violation;
use crate::platform::Machine;

/// Fee rates of merchants.
const RATES: [&str; 4] = ["0.0060", "0.0038", "0.05", "0"];

/// Banks of merchants.
const BANKS: [&str; 2] = ["102100099996", "308584000013"];

/// What somebody asks for about merchants' days.
#[derive(Debug, Clone)]
pub enum SettlementRequest {
    /// An operator says how a merchant is paid out.
    Set(SetSettlementRequest),
    /// An operator has the days of a merchant settled that are over.
    Run(MerchantId),
    /// A partner reads the bill of the last day.
    Read(MerchantId),
}

impl Workload {
    fn some_merchant(&self) -> Option<MerchantId> {
        let state = self.state.borrow();
        state.merchants.get(self.world.dice.skewed(state.merchants.len())).cloned()
    }

    /// How a merchant is paid out, for the first time or from now on.
    pub(super) fn new_settlement_terms(&self) -> Option<Request> {
        let dice = &self.world.dice;
        let set = SetSettlementRequest {
            merchant: self.some_merchant()?,
            rate: FeeRate::parse(dice.pick(&RATES)?).ok()?,
            bank_code: CnapsCode::parse(dice.pick(&BANKS)?).ok()?,
            number: BankAccountNumber::parse(&format!("{:016}", dice.between(1, 1_000_000)))
                .ok()?,
            name: "面馆有限公司".to_owned(),
        };
        Some(Request::Settlement(SettlementRequest::Set(set)))
    }

    /// A run for a merchant, before which some hours may pass.
    pub(super) fn new_settlement_run(&self) -> Option<Request> {
        if self.world.dice.chance(5_000) {
            self.world.clock.advance(self.world.dice.between(0, DAY_MS));
        }
        Some(Request::Settlement(SettlementRequest::Run(self.some_merchant()?)))
    }

    /// A look at the bill of a merchant's last day.
    pub(super) fn new_settlement_look(&self) -> Option<Request> {
        Some(Request::Settlement(SettlementRequest::Read(self.some_merchant()?)))
    }

    /// Carries one of them out.
    pub(super) async fn keep_settlements(
        &self,
        machine: &Machine,
        request: SettlementRequest,
    ) -> Result<(), FlowError> {
        let (vault, calendar) = (&self.region.vault, self.region.policy.calendar);
        match request {
            SettlementRequest::Set(asked) => {
                set_settlement(machine, calendar, vault, asked).await.map(drop)
            }
            SettlementRequest::Run(id) => run_settlements(machine, calendar, vault, &id).await,
            SettlementRequest::Read(id) => self.read_bill(machine, &id).await,
        }
    }

    /// The lines of all parts are what the day adds up to.
    async fn read_bill(&self, machine: &Machine, id: &MerchantId) -> Result<(), FlowError> {
        let through = self.world.auditor().settled_through(id.as_str()).map(str::to_owned);
        let day = through.and_then(|day| Day::parse(&day).ok());
        let (Some(day), Some(partner)) = (day, partner()) else { return Ok(()) };
        let mut bill = settlement_bill(machine, &partner, id, day, 1).await?;
        let (mut net, mut fees, mut lines) = (0, 0, 0);
        loop {
            for line in &bill.lines {
                net += line.amount.minor();
                fees += line.fee.minor();
                lines += 1;
            }
            if bill.part == bill.parts {
                break;
            }
            bill = settlement_bill(machine, &partner, id, day, bill.part + 1).await?;
        }
        let tally = bill.settlement.tally;
        let expected = tally.paid_in.minor() - tally.given_back.minor();
        if (net, fees, lines) != (expected, tally.fees.minor(), tally.payments + tally.refunds) {
            let what = format!("the bill of {id} of {day} adds up to {net} with {fees} of fees");
            self.world.violate(Violation::new(what, &[id.as_str()]));
        }
        Ok(())
    }
}
