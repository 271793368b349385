use crate::world::{Family, World, merchant, policy, run, vault};
use feiqian_flows::{
    BeginWalletRequest, ChargeRequest, Charged, FlowError, LinkWalletRequest, Linked, begin_wallet,
    charge, link_wallet, unlink_wallet,
};
use feiqian_identity::{CardNumber, HolderName, Mobile, OneTimeCode, ResidentId};
use feiqian_ledger::account::WalletTerms;
use feiqian_ledger::{
    AgreementId, BindingId, CODE_INTERVAL_MS, Instrument, PartnerId, Refusal, Region, WALLETS_MAX,
};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// More calls than linking or a charge makes.
const CALLS_MAX: usize = 60;

fn partner(name: &str) -> PartnerId {
    PartnerId::parse(name).unwrap()
}

fn funded(world: &World) -> Family {
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 500_000);
    world.order("another", 1);
    family
}

fn begin(world: &World, family: &Family, key: &str, name: &str) -> Result<BindingId, FlowError> {
    world.clock.set(world.clock.get() + CODE_INTERVAL_MS);
    let request = BeginWalletRequest {
        partner: partner("par_demo"),
        key: key.into(),
        account: family.account.clone(),
        name: HolderName::parse(name).unwrap(),
        resident_id: ResidentId::parse("11010519491231002X").unwrap(),
        card_number: CardNumber::parse("6216261000000000018").unwrap(),
        mobile: Mobile::parse("13800138000").unwrap(),
    };
    run(begin_wallet(world, &vault(), request)).unwrap().map(|begun| begun.binding.id)
}

fn link(
    world: &World,
    family: &Family,
    verification: &BindingId,
    code: &str,
) -> Option<Result<Linked, FlowError>> {
    run(link_wallet(
        world,
        LinkWalletRequest {
            partner: partner("par_demo"),
            key: format!("link {code}"),
            account: family.account.clone(),
            verification: verification.clone(),
            code: OneTimeCode::parse(code).unwrap(),
            terms: WalletTerms {
                name: "Wallet".into(),
                per_payment: Amount::from_minor(2_000),
                per_day: Amount::from_minor(5_000),
            },
        },
    ))
}

fn linked(world: &World, family: &Family, key: &str) -> AgreementId {
    let verification = begin(world, family, key, "张三").unwrap();
    link(world, family, &verification, "888888").unwrap().unwrap().wallet.id
}

fn charging(
    world: &World,
    family: &Family,
    agreement: &AgreementId,
    key: &str,
    minor: i64,
) -> Option<Result<Charged, FlowError>> {
    let request = ChargeRequest {
        partner: partner("par_demo"),
        key: key.into(),
        merchant: merchant(),
        amount: Amount::from_minor(minor),
        description: "Lunch".into(),
        reference: "1".into(),
        instrument: Instrument::Wallet {
            account: family.account.clone(),
            agreement: agreement.clone(),
        },
    };
    let charged = run(charge(world, &policy(), request))?;
    if let Ok(Charged { unsettled: Some(mark), .. }) = &charged {
        run(feiqian_flows::finish_payment(world, mark.clone()))?.unwrap();
    }
    Some(charged)
}

fn refusal(result: Option<Result<Charged, FlowError>>) -> Refusal {
    match result.unwrap().unwrap_err() {
        FlowError::Refused { refusal, .. } => refusal,
        other => panic!("{other}"),
    }
}

#[test]
fn a_wallet_charges_within_its_caps_until_it_is_unlinked() {
    let world = World::new();
    let family = funded(&world);
    let agreement = linked(&world, &family, "w");
    let exceeded = Refusal::AgreementCapExceeded {
        per_payment: Amount::from_minor(2_000),
        per_day: Amount::from_minor(5_000),
    };
    assert_eq!(refusal(charging(&world, &family, &agreement, "more", 2_001)), exceeded);
    for (key, minor) in [("a", 2_000), ("b", 2_000), ("c", 1_000)] {
        let charged = charging(&world, &family, &agreement, key, minor).unwrap().unwrap();
        assert!(charged.order.payment().is_some(), "{key}");
    }
    assert_eq!(refusal(charging(&world, &family, &agreement, "d", 1)), exceeded, "5,000 a day");
    world.clock.set(world.clock.get() + DAY_MS);
    assert!(charging(&world, &family, &agreement, "next day", 2_000).unwrap().is_ok());
    world.clock.set(world.clock.get() - DAY_MS);
    assert!(charging(&world, &family, &agreement, "e", 2_000).unwrap().is_ok());
    assert_eq!(
        refusal(charging(&world, &family, &agreement, "back", 2_000)),
        exceeded,
        "a clock that went back opens no day again"
    );

    let unlink =
        || run(unlink_wallet(&world, &family.customer, &family.account, &agreement)).unwrap();
    assert_eq!((unlink(), unlink()), (Ok(()), Ok(())));
    assert_eq!(refusal(charging(&world, &family, &agreement, "f", 1)), Refusal::AgreementEnded);
    assert!(charging(&world, &family, &agreement, "a", 2_000).unwrap().is_ok(), "it was paid");
    assert_eq!(world.account(&family).balance().minor(), 500_000 - 9_000);
    world.check_quiet();
}

#[test]
fn a_wallet_is_linked_by_the_holders_elements_and_code_alone() {
    let world = World::new();
    let family = funded(&world);
    let other = begin(&world, &family, "w", "李四").unwrap_err();
    assert!(matches!(other, FlowError::Refused { refusal: Refusal::ElementsRefused { .. }, .. }));
    let verification = begin(&world, &family, "w", "张三").unwrap();
    let wrong = link(&world, &family, &verification, "123456").unwrap().unwrap_err();
    assert_eq!(wrong, Refusal::BindingCodeWrong { attempts_left: 4 }.into());
    let first = link(&world, &family, &verification, "888888").unwrap().unwrap();
    let again = link(&world, &family, &verification, "888888").unwrap().unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.wallet, again.wallet);
    assert_eq!(world.account(&family).wallets().len(), 1);
    let unknown = AgreementId::derive(Region::EXAMPLE, &["x"]);
    assert_eq!(refusal(charging(&world, &family, &unknown, "c", 1)), Refusal::AgreementNotFound);
}

#[test]
fn an_account_has_so_many_wallets_and_an_ended_one_makes_room() {
    let world = World::new();
    let family = funded(&world);
    let all: Vec<AgreementId> =
        (0..WALLETS_MAX).map(|number| linked(&world, &family, &format!("w{number}"))).collect();
    let verification = begin(&world, &family, "more", "张三").unwrap();
    let full = link(&world, &family, &verification, "888888").unwrap().unwrap_err();
    assert_eq!(full, Refusal::WalletsFull.into());
    run(unlink_wallet(&world, &family.customer, &family.account, &all[3])).unwrap().unwrap();
    link(&world, &family, &verification, "888888").unwrap().unwrap();
    let account = world.account(&family);
    assert_eq!(account.wallets().len(), WALLETS_MAX);
    assert_eq!(account.wallet(&all[3]), Err(Refusal::AgreementNotFound));
}

#[test]
fn linking_and_charging_that_die_at_any_call_happen_once_or_not_at_all() {
    let mut finished = false;
    for calls in 0..CALLS_MAX {
        let world = World::new();
        let family = funded(&world);
        let verification = begin(&world, &family, "w", "张三").unwrap();
        world.die_after(Some(calls));
        let answered = link(&world, &family, &verification, "888888");
        world.die_after(None);
        let agreement = link(&world, &family, &verification, "888888").unwrap().unwrap().wallet.id;
        assert_eq!(world.account(&family).wallets().len(), 1, "died after {calls}");

        world.die_after(Some(calls));
        let charged = charging(&world, &family, &agreement, "c", 2_000);
        world.die_after(None);
        world.work_until_quiet();
        let again = charging(&world, &family, &agreement, "c", 2_000).unwrap();
        world.work_until_quiet();
        world.check_quiet();
        let paid = world.account(&family).balance().minor() == 498_000;
        assert_eq!(world.merchants_balance(), if paid { 2_000 } else { 0 });
        assert_eq!(again.is_ok(), paid, "died after {calls}");
        assert!(paid || charged.is_none(), "died after {calls}");
        finished = answered.is_some() && charged.is_some();
        if finished {
            break;
        }
    }
    assert!(finished, "linking and charging never ran to their end");
}

#[test]
fn a_refund_gives_a_wallet_its_room_back_while_its_day_is_counted() {
    for next_day in [false, true] {
        let world = World::new();
        let family = funded(&world);
        let agreement = linked(&world, &family, "w");
        let mut orders = Vec::new();
        for (key, minor) in [("a", 2_000), ("b", 2_000), ("c", 1_000)] {
            let charged = charging(&world, &family, &agreement, key, minor).unwrap().unwrap();
            orders.push(charged.order.id);
        }
        if next_day {
            world.clock.set(world.clock.get() + DAY_MS);
            charging(&world, &family, &agreement, "d", 2_000).unwrap().unwrap();
        }
        let refund = |order: &feiqian_ledger::OrderId, key: &str, minor| {
            let request = feiqian_flows::RefundRequest {
                partner: partner("par_demo"),
                key: key.into(),
                order: order.clone(),
                amount: Amount::from_minor(minor),
                reason: "Cold".into(),
            };
            let refunded = run(feiqian_flows::refund_order(&world, &policy(), request));
            let mark = refunded.unwrap().unwrap().unsettled.unwrap();
            run(feiqian_flows::settle_refund(&world, &policy(), &mark)).unwrap().unwrap();
        };
        refund(&orders[0], "r", 1_500);
        refund(&orders[0], "s", 500);
        let account = world.account(&family);
        let wallet = account.wallet(&agreement).unwrap();
        let now = feiqian_flows::Platform::now(&world);
        let charged = wallet.charged_on(feiqian_calendar::Calendar::CHINA.day(now)).minor();
        assert_eq!(charged, if next_day { 2_000 } else { 3_000 });
        let more = charging(&world, &family, &agreement, "e", 2_000).unwrap();
        assert!(more.is_ok());
        world.work_until_quiet();
        world.check_quiet();
    }
}
