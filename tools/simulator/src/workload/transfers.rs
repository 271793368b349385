//! Transfers between accounts, the consent that payees give, and accounts that are closed.

use feiqian_flows::{
    AcceptTransfersRequest, CloseAccountRequest, FlowError, OutboundTransfers, Payee,
    TransferRequest, accept_transfers, cancel_transfer, close_account, settle_card_move,
    settle_transfer, transfer,
};
use feiqian_ledger::{Account, AccountId, CustomerId, Document, OperationId, Speed};
use feiqian_money::Amount;

use super::requests::amounts;
use super::{KnownAccount, Request, Workload};
use crate::platform::Machine;

impl Workload {
    /// A transfer from one account to another.
    pub(super) fn new_transfer(&self) -> Option<Request> {
        let sender = self.some_account()?;
        let pin = self.some_pin(&sender)?;
        let payee = self.some_account().filter(|payee| payee.id != sender.id)?;
        let content = self.world.content();
        let stored = Account::decode(content.get(&Account::key(&payee.id))?).ok()?;
        let payee = Payee { account: stored.id, name: stored.holder.name_masked };
        let (low, high) = amounts(sender.class, false);
        let speed = *self.world.dice.pick(&[
            Speed::AtOnce,
            Speed::AtOnce,
            Speed::TwoHours,
            Speed::NextDay,
        ])?;
        Some(Request::Transfer(TransferRequest {
            customer: sender.customer,
            key: self.state.borrow_mut().next_key(),
            account: sender.id,
            payee,
            amount: Amount::from_minor(self.world.dice.between(low, high).cast_signed()),
            speed,
            pin,
            confirmation: None,
        }))
    }

    /// A try to cancel one of the transfers that were asked for.
    pub(super) fn new_cancellation(&self) -> Option<Request> {
        let state = self.state.borrow();
        let asked = state.asked.iter().filter(|asked| matches!(asked, Request::Transfer(_)));
        let asked: Vec<&Request> = asked.collect();
        let Request::Transfer(sought) = *self.world.dice.pick(&asked)? else { return None };
        let operation = Request::Transfer(sought.clone()).operation()?;
        Some(Request::Cancel(sought.customer.clone(), sought.account.clone(), operation))
    }

    /// A holder's consent to money from others; now and then it is taken back.
    pub(super) fn new_consent(&self, account: &KnownAccount) -> Option<Request> {
        Some(Request::Consent(AcceptTransfersRequest {
            customer: account.customer.clone(),
            account: account.id.clone(),
            accepts: !self.world.faults.are_on() || !self.world.dice.chance(2_000),
            pin: self.some_pin(account)?,
        }))
    }

    pub(super) async fn transfer(
        &self,
        machine: &Machine,
        request: &Request,
        asked: TransferRequest,
    ) -> Result<(), FlowError> {
        let region = &self.region;
        let offered = OutboundTransfers::Capped;
        let answer = transfer(machine, &region.policy, offered, &region.pepper, asked).await;
        if let Ok(sent) = &answer
            && let Some(mark) = sent.unsettled.clone()
        {
            let (machine, policy) = (Machine::new(&self.world), region.policy);
            let work = async move { drop(settle_transfer(&machine, &policy, &mark).await) };
            self.world.spawn("settle transfer", Box::pin(work));
        }
        self.hear(request, answer.as_ref().map(|sent| &sent.operation)).await;
        Ok(())
    }

    /// A request to close an account.
    pub(super) fn new_closure(&self) -> Option<Request> {
        let account = self.some_account()?;
        Some(Request::CloseAccount(CloseAccountRequest {
            key: self.state.borrow_mut().next_key(),
            card: self.world.dice.pick(&account.cards).cloned(),
            pin: self.some_pin(&account)?,
            confirmation: None,
            customer: account.customer,
            account: account.id,
        }))
    }

    pub(super) async fn close_account(
        &self,
        machine: &Machine,
        asked: CloseAccountRequest,
    ) -> Result<(), FlowError> {
        let region = &self.region;
        let closing = close_account(machine, &region.policy, &region.pepper, asked).await?;
        if let Some(mark) = closing.last.and_then(|last| last.unsettled) {
            settle_card_move(machine, &region.policy, &mark).await?;
        }
        Ok(())
    }

    pub(super) async fn cancel(
        &self,
        machine: &Machine,
        customer: &CustomerId,
        account: &AccountId,
        operation: &OperationId,
    ) -> Result<(), FlowError> {
        let cancelled = cancel_transfer(machine, customer, account, operation).await?;
        self.world.note(|| format!("{operation} is {:?}", cancelled.status));
        Ok(())
    }

    pub(super) async fn consent(
        &self,
        machine: &Machine,
        asked: AcceptTransfersRequest,
    ) -> Result<(), FlowError> {
        accept_transfers(machine, &self.region.pepper, asked).await
    }
}
