use crate::world::{Family, World, merchant, policy, run};
use feiqian_flows::{
    FlowError, OrderByCodeRequest, Subject, draw_order_code, look_up_code, offer_methods,
    order_by_code,
};
use feiqian_ledger::{DYNAMIC_CODE_LIFETIME_MS, Order, OrderId, PartnerId, Refusal, Region};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

fn funded() -> (World, Family) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 500_000);
    world.order("another", 1);
    (world, family)
}

fn by_static_code(world: &World, family: &Family, key: &str, minor: i64) -> Order {
    let request = OrderByCodeRequest {
        customer: family.customer.clone(),
        key: key.into(),
        merchant: merchant(),
        amount: Amount::from_minor(minor),
    };
    run(order_by_code(world, request)).unwrap().unwrap().document
}

fn pay(world: &World, family: &Family, order: &OrderId, minor: i64) -> Result<(), Refusal> {
    match world.pay(world.pay_request(family, order.as_str(), order, minor)).unwrap() {
        Ok(paid) => {
            world.settle(&paid);
            Ok(())
        }
        Err(FlowError::Refused { refusal, .. }) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

fn is_static_tier(result: &Result<(), Refusal>) -> bool {
    matches!(result, Err(Refusal::LimitExceeded { limits })
        if limits.iter().any(|limit| limit.cap == Amount::from_minor(50_000)))
}

#[test]
fn a_static_code_takes_500_a_day_and_no_more() {
    for (minor, pays) in [(49_999, true), (50_000, true), (50_001, false)] {
        let (world, family) = funded();
        let order = by_static_code(&world, &family, "o", minor);
        let offers = offer_methods(&world, &policy(), &world.account(&family), &order);
        assert_eq!(offers[0].unavailable.is_none(), pays, "{minor}");
        let paid = pay(&world, &family, &order.id, minor);
        assert!(if pays { paid.is_ok() } else { is_static_tier(&paid) }, "{minor}: {paid:?}");
        world.check_quiet();
    }
}

#[test]
fn a_dynamic_code_takes_more_until_it_is_a_saved_copy() {
    for (age_ms, pays) in
        [(0, true), (DYNAMIC_CODE_LIFETIME_MS - 1, true), (DYNAMIC_CODE_LIFETIME_MS, false)]
    {
        let (world, family) = funded();
        let order = world.order("o", 60_000);
        let partner = PartnerId::parse("par_demo").unwrap();
        run(draw_order_code(&world, &partner, &merchant(), &order)).unwrap().unwrap();
        world.clock.set(world.clock.get() + age_ms);
        let paid = pay(&world, &family, &order, 60_000);
        assert!(if pays { paid.is_ok() } else { is_static_tier(&paid) }, "{age_ms}: {paid:?}");
    }
}

#[test]
fn a_code_leads_to_its_own_order_and_amount_alone() {
    let (world, _) = funded();
    let order = world.order("o", 100);
    let look = |id: &OrderId, minor| {
        let amount = Amount::from_minor(minor);
        run(look_up_code(&world, &merchant(), Some((id, amount)))).unwrap().map(drop)
    };
    assert_eq!(look(&order, 100), Ok(()));
    let not_found = Err(FlowError::NotFound(Subject::Order));
    assert_eq!(look(&order, 101), not_found);
    assert_eq!(look(&OrderId::derive(Region::EXAMPLE, &["x"]), 100), not_found);
}
