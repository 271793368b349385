use feiqian_gateway_api::GatewayRequest as _;
use std::rc::Rc;

use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_calendar::Timestamp;
use feiqian_flows::{Bank, Platform};
use feiqian_ledger::Region;

use crate::clock::{DAY_MS, HOUR_MS};
use crate::faults::BankFault;
use crate::insurer::SimInsurer;
use crate::store::SimStore;
use crate::world::World;

/// The machine that one task runs on.
pub struct Machine {
    world: Rc<World>,
    store: SimStore,
    bank: SimBank,
    insurer: SimInsurer,
    skew_ms: i64,
}

/// The bank as one task reaches it.
pub struct SimBank(Rc<World>);

impl Machine {
    /// A machine whose clock may be off.
    #[must_use]
    pub fn new(world: &Rc<World>) -> Self {
        let off = world.faults.strikes(&world.dice, |rates| rates.skew);
        let skew_ms = match (off, world.dice.below(4)) {
            (false, _) => 0,
            (true, 0) => world.dice.between(0, 2 * DAY_MS).cast_signed(),
            (true, 1) => -world.dice.between(0, 2 * DAY_MS).cast_signed(),
            (true, 2) => world.dice.between(0, HOUR_MS).cast_signed(),
            (true, _) => -world.dice.between(0, HOUR_MS).cast_signed(),
        };
        let (store, bank) = (SimStore(Rc::clone(world)), SimBank(Rc::clone(world)));
        let insurer = SimInsurer(Rc::clone(world));
        Self { world: Rc::clone(world), store, bank, insurer, skew_ms }
    }
}

impl Platform for Machine {
    type Store = SimStore;
    type Bank = SimBank;
    type Insurer = SimInsurer;

    fn store(&self) -> &SimStore {
        &self.store
    }

    fn bank(&self) -> &SimBank {
        &self.bank
    }

    fn insurer(&self) -> &SimInsurer {
        &self.insurer
    }

    fn region(&self) -> Region {
        Region::EXAMPLE
    }

    fn now(&self) -> Timestamp {
        self.world.clock.wall(self.skew_ms)
    }

    async fn sleep_ms(&self, millis: u64) {
        self.world.sleep(millis).await;
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.world.flow_dice.fill(bytes);
    }
}

impl Bank for SimBank {
    async fn request(&self, request: BankRequest) -> BankReply {
        let world = &self.0;
        world.point().await;
        let fault = world.faults.of_bank(&world.dice);
        let reply = match fault {
            BankFault::Lost => BankReply::Unknown,
            BankFault::Late => {
                world.ask_bank_late(request.clone());
                BankReply::Unknown
            }
            BankFault::Mute => {
                world.ask_bank(&request);
                BankReply::Unknown
            }
            BankFault::Repeat => {
                world.ask_bank_late(request.clone());
                world.ask_bank(&request)
            }
            BankFault::None => world.ask_bank(&request),
        };
        world.note(|| {
            let (what, id) = (request.operation(), request.request_id());
            format!("bank {what} {id}: {reply:?} ({fault:?})")
        });
        world.point().await;
        reply
    }
}
