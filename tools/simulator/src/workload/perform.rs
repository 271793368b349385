//! Carries requests out with the real flows, as the components would, and lets the
//! auditor hear what the client hears.

use std::rc::Rc;

use feiqian_flows::{
    CardMoveRequest, Failure, FlowError, InProcess, OperationView, PayOrderRequest, begin_binding,
    confirm_binding, create_merchant, create_order, find_operation, finish_payment, load_order,
    merchant_balance, offer_methods, open_account, pay_order, run_worker, set_pin,
    settle_card_move, top_up, withdraw,
};
use feiqian_ledger::{AccountId, OperationId};

use super::showing::Showing;
use super::{Region, Request, Workload};
use crate::auditor::{Asked, check_error};
use crate::history::Violation;
use crate::platform::Machine;

impl Workload {
    /// Carries a request out.
    pub async fn perform(self: Rc<Self>, request: Request) {
        self.world.count_operation();
        let machine = Machine::new(&self.world);
        let result = match request.clone() {
            Request::TopUp(asked) | Request::Withdraw(asked) => {
                self.move_by_card(&machine, &request, asked).await
            }
            Request::Pay(asked, showing) => self.pay(&machine, &request, asked, showing).await,
            Request::Transfer(asked) => self.transfer(&machine, &request, asked).await,
            Request::Cancel(customer, account, operation) => {
                self.cancel(&machine, &customer, &account, &operation).await
            }
            Request::CloseAccount(asked) => self.close_account(&machine, asked).await,
            Request::Consent(asked) => self.consent(&machine, asked).await,
            Request::Refund(asked, purpose) => self.refund(&machine, asked, purpose).await,
            Request::Close(order) => self.close(&machine, &order).await,
            Request::Event(asked) => self.keep_events(&machine, asked).await,
            Request::Find(sought) => self.find(&machine, &sought).await,
            Request::Safety(asked) => self.make_safe(&machine, asked).await,
            Request::Limits(asked) => self.set_limits(&machine, asked).await,
            Request::Till(asked) => self.at_the_till(&machine, asked).await,
            Request::Wallet(asked) => self.keep_wallets(&machine, asked).await,
            Request::Bill(asked) => self.keep_bills(&machine, asked).await,
            Request::Case(asked) => self.keep_cases(&machine, asked).await,
            Request::Card(asked) => self.keep_cards(&machine, asked).await,
            Request::Identity(asked) => self.keep_identity(&machine, asked).await,
            Request::Device(asked) => self.keep_devices(&machine, asked).await,
            Request::Visit(asked) => self.visit(&machine, asked).await,
            Request::Settlement(asked) => self.keep_settlements(&machine, asked).await,
            Request::Worker => self.worker(&machine).await,
            Request::BankEvent(id) => self.hear_event(&machine, &id).await,
            Request::Act(action) => self.act(&machine, action).await,
            Request::Audit => self.audit(&machine).await,
            Request::Entries(customer, account, query) => {
                self.read_entries(&machine, &customer, &account, &query).await
            }
            Request::Statement(customer, account, month) => {
                self.read_statement(&machine, &customer, &account, month).await
            }
            Request::Receipt(customer, account, sequence) => {
                self.check_receipt(&machine, &customer, &account, sequence).await
            }
            Request::Merchant(_) | Request::Order(_) | Request::MerchantBalance(_) => {
                self.serve_partner(&machine, request.clone()).await
            }
            other => self.serve_holder(&machine, other).await,
        };
        if let Err(error) = result {
            self.world.note(|| format!("error: {error}"));
            self.world.audit(|_| check_error(&error, &[]));
        }
    }

    async fn serve_holder(&self, machine: &Machine, request: Request) -> Result<(), FlowError> {
        let region = &self.region;
        match request {
            Request::Open(asked) => {
                let opened = open_account(machine, &region.policy, &region.vault, asked).await?;
                self.opened(&opened.account.id);
            }
            Request::Bind(asked) => {
                let (account, number) = (asked.account.clone(), asked.card_number.clone());
                let begun = begin_binding(machine, &region.vault, asked).await?;
                self.known_mut(&account, |known| known.bindings.push((begun.binding.id, number)));
            }
            Request::Confirm(asked) => {
                let account = asked.account.clone();
                let confirmed = confirm_binding(machine, asked).await?;
                self.known_mut(&account, |known| {
                    let binding = confirmed.card.binding;
                    let number = known.bindings.iter().find(|(id, _)| *id == binding);
                    if let Some((_, number)) = number
                        && !known.cards.contains(&confirmed.card.id)
                    {
                        known.cards.push(confirmed.card.id);
                        known.bound_numbers.push(number.clone());
                    }
                });
            }
            Request::Pin(asked) => {
                let (account, pin) = (asked.account.clone(), asked.pin.clone());
                set_pin(machine, &region.vault, &region.pepper, asked).await?;
                self.known_mut(&account, |known| known.pin = Some(pin));
            }
            Request::Look(customer, account, order) => {
                let account = feiqian_flows::load_account(machine, &customer, &account).await?;
                let order = load_order(machine, &order).await?;
                let offers = offer_methods(machine, &region.policy, &account, &order);
                self.world.note(|| format!("offered {offers:?}"));
            }
            _ => {}
        }
        Ok(())
    }

    async fn serve_partner(&self, machine: &Machine, request: Request) -> Result<(), FlowError> {
        match request {
            Request::Merchant(asked) => {
                let made = create_merchant(machine, asked).await?;
                let mut state = self.state.borrow_mut();
                if !state.merchants.contains(&made.document.id) {
                    state.merchants.push(made.document.id);
                }
            }
            Request::Order(asked) => {
                let order = create_order(machine, asked).await?.document;
                self.learn(order);
            }
            Request::MerchantBalance(id) => {
                let balance = merchant_balance(machine, &id).await?;
                self.world.note(|| format!("{id} has {balance}"));
                // Its shards are read one after the other: only at rest is it a sum.
                let expected = self.world.auditor().internal_balance(id.as_str());
                if self.at_rest.get() && i128::from(balance.minor()) != expected {
                    let what = format!("{id} is shown {balance} and has {expected}");
                    self.world.violate(Violation::new(what, &[id.as_str()]));
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn move_by_card(
        &self,
        machine: &Machine,
        request: &Request,
        asked: CardMoveRequest,
    ) -> Result<(), FlowError> {
        let region = &self.region;
        let answer = if matches!(request, Request::Withdraw(_)) {
            withdraw(machine, &region.policy, &region.pepper, asked).await
        } else {
            top_up(machine, &region.policy, &region.pepper, asked).await
        };
        if let Ok(moved) = &answer
            && let Some(mark) = moved.unsettled.clone()
        {
            let (machine, policy) = (Machine::new(&self.world), region.policy);
            let work = async move { drop(settle_card_move(&machine, &policy, &mark).await) };
            self.world.spawn("settle card move", Box::pin(work));
        }
        self.hear(request, answer.as_ref().map(|moved| &moved.operation)).await;
        Ok(())
    }

    async fn pay(
        &self,
        machine: &Machine,
        request: &Request,
        asked: PayOrderRequest,
        showing: Showing,
    ) -> Result<(), FlowError> {
        let region = &self.region;
        let Some(operation) = request.operation() else { return Ok(()) };
        let asked = self.confirm(machine, &operation, asked, showing).await?;
        let answer = pay_order(machine, &region.policy, &region.pepper, asked).await;
        if let Ok(paid) = &answer
            && let Some(mark) = paid.unsettled.clone()
        {
            let machine = Machine::new(&self.world);
            let work = async move { drop(finish_payment(&machine, mark).await) };
            self.world.spawn("settle payment", Box::pin(work));
        }
        self.hear(request, answer.as_ref().map(|paid| &paid.operation)).await;
        Ok(())
    }

    async fn find(&self, machine: &Machine, sought: &Request) -> Result<(), FlowError> {
        let Some(operation) = sought.operation() else { return Ok(()) };
        let Some((customer, account)) = sought.holder() else { return Ok(()) };
        let found = find_operation(machine, customer, account, &operation).await;
        // It may be another request with the same key that the operation is: then it is
        // no answer to this one.
        let same = found.as_ref().is_ok_and(|view| Self::is_asked_for(sought, view));
        if same || found.is_err() {
            self.hear(sought, found.as_ref()).await;
        }
        self.expect_found(&operation, account, found.as_ref());
        Ok(())
    }

    fn is_asked_for(sought: &Request, view: &OperationView) -> bool {
        match sought {
            Request::Pay(asked, _) => {
                view.amount == asked.amount && view.order.as_ref() == Some(&asked.order)
            }
            Request::TopUp(asked) | Request::Withdraw(asked) => {
                view.amount == asked.amount && view.card.as_ref() == Some(&asked.card)
            }
            Request::Transfer(asked) => view.transfer.as_ref().is_some_and(|transfer| {
                view.amount == asked.amount
                    && transfer.payee == asked.payee.account
                    && transfer.speed == asked.speed
            }),
            _ => false,
        }
    }

    /// What a client was told for good is found, at rest at least: the store works then.
    fn expect_found(
        &self,
        operation: &OperationId,
        account: &AccountId,
        found: Result<&OperationView, &FlowError>,
    ) {
        let was_told = self.world.auditor().was_told(operation.as_str());
        if self.at_rest.get() && was_told && found.is_err() {
            let what = format!("{operation} was answered and is not found: {found:?}");
            let violation = Violation::new(what, &[operation.as_str(), account.as_str()]);
            self.world.violate(violation);
        }
    }

    /// The client hears the answer, if it does.
    pub(super) async fn hear(&self, request: &Request, answer: Result<&OperationView, &FlowError>) {
        self.world.point().await;
        self.world.note(|| match answer {
            Ok(view) => format!("answer for {}: {:?} {:?}", view.id, view.status, view.failure),
            Err(error) => format!("answer for {:?}: {error}", request.operation()),
        });
        if self.world.faults.strikes(&self.world.dice, |rates| rates.deaf) {
            return;
        }
        let Some(operation) = request.operation() else { return };
        let (account, subject, amount) = match request {
            Request::Pay(asked, _) => (&asked.account, asked.order.as_str(), asked.amount),
            Request::TopUp(asked) | Request::Withdraw(asked) => {
                (&asked.account, asked.card.as_str(), asked.amount)
            }
            Request::Transfer(asked) => {
                (&asked.account, asked.payee.account.as_str(), asked.amount)
            }
            _ => return,
        };
        let asked = Asked {
            operation: operation.as_str(),
            account: account.as_str(),
            subject,
            amount: amount.minor(),
            key_is_shared: self.state.borrow().is_shared(operation.as_str()),
        };
        self.world.audit(|auditor| auditor.saw_answer(&asked, answer));
    }

    async fn worker(&self, machine: &Machine) -> Result<(), FlowError> {
        let Region { policy, vault, .. } = &*self.region;
        let settler = InProcess { platform: machine, policy, vault };
        let report = run_worker(machine, &settler).await?;
        for (mark, failure) in &report.failures {
            self.world.note(|| format!("the worker failed at {}: {failure}", mark.name));
            let error = match failure {
                Failure::Unsettled(error) => error.clone(),
                Failure::NoMark(name) => FlowError::Inconsistent(format!("{name} is no mark")),
            };
            self.world
                .audit(|_| check_error(&error, &[mark.name.rsplit('.').next().unwrap_or("")]));
        }
        Ok(())
    }
}
