//! SIGKILL in the middle of traffic, and a restart: nothing that was answered is lost, and
//! the bank's books and ours agree to the cent. `cargo xtask torture` is the same for longer.

use std::time::Duration;

use feiqian_tests::torture::{Options, run};
use feiqian_tests::{AnswerExt as _, App, AppOptions, Customer, Merchant};
use feiqian_xtask::people::new_key;

/// How long servers are killed here.
const SHORT: Duration = Duration::from_secs(8);

/// Clients at once.
const CLIENTS: usize = 12;

fn nothing_is_lost(redis: bool) {
    let options = Options { duration: SHORT, redis, clients: CLIENTS, seed: 1 };
    let report = run(&options, &|_, _| {});
    assert_eq!(report.violations, Vec::<String>::new(), "{report}");
    assert!(report.answered > CLIENTS, "no traffic, no test: {report}");
}

#[test]
fn servers_killed_in_the_middle_of_traffic_lose_nothing_that_was_answered() {
    nothing_is_lost(false);
}

#[test]
fn servers_and_valkey_killed_in_the_middle_of_traffic_lose_nothing_that_was_answered() {
    nothing_is_lost(true);
}

#[test]
fn with_an_instance_for_each_request_everything_works_as_well() {
    let one = ["--max-instance-reuse-count", "1"].map(Into::into);
    let app = App::start_with(AppOptions { host_arguments: one.into(), ..AppOptions::default() });
    let customer = Customer::with_balance(app.api(), app.partner(), "10.00");
    let merchant = Merchant::register(app.api(), app.partner());
    customer.pay(&merchant.order("4.00"), "4.00", &new_key("pay")).assert_status(201);
    merchant.wait_for_balance("4.00");
    assert_eq!(customer.balance(), "6.00");
    app.wait_until_nothing_pending();
}
