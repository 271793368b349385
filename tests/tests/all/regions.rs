//! Two regions side by side, and two deployments of one region at once.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

use feiqian_tests::{AnswerExt as _, App, AppOptions, Customer, Merchant, yuan};
use feiqian_xtask::api::{Answer, Api, Caller};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

/// Clients that pay at once while one deployment takes over from another.
const CLIENTS: usize = 4;

/// Payments of each of them through each deployment.
const PAYMENTS: usize = 5;

fn variable(name: &str, value: &str) -> [OsString; 2] {
    ["--variable".into(), format!("{name}={value}").into()]
}

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

/// Two regions that know each other, each with a Valkey and a bank of its own.
fn two_regions() -> [App; 2] {
    let (bj1, gz1) = (free_address(), free_address());
    let urls = json!({"bj1": format!("http://{bj1}"), "gz1": format!("http://{gz1}")}).to_string();
    [("bj1", bj1), ("gz1", gz1)].map(|(region, address)| {
        let variables = [variable("region", region), variable("region_urls", &urls)];
        App::start_with(AppOptions {
            host_arguments: variables.concat(),
            listen: Some(address),
            valkey: true,
            ..AppOptions::default()
        })
    })
}

/// A whole audit without findings, over books that add up.
#[track_caller]
fn assert_clean(app: &App) {
    app.wait_until_nothing_pending();
    let operator = Caller::Bearer(development::OPERATOR_TOKEN.to_owned());
    let mut body = json!({"limit": 500});
    loop {
        let batch = app.api().post("/v1/operations/audits", &body).by(&operator);
        let answer = batch.send().unwrap().ok(200);
        assert_eq!(answer.at("/findings"), json!([]), "{}", answer.text());
        if answer.at("/has_more") == false {
            assert_eq!(answer.text_of("/sum/value"), "0.00");
            assert_eq!(answer.text_of("/in_flight/value"), "0.00");
            assert_ne!(answer.at("/documents/account"), 0, "nothing was looked at");
            return;
        }
        body["cursor"] = answer.at("/cursor");
    }
}

#[track_caller]
fn assert_misdirected(answer: &Answer, region: &str, url: &str) {
    answer.assert_problem(421, "region_misdirected");
    assert_eq!((answer.text_of("/region"), answer.text_of("/url")), (region.into(), url.into()));
}

#[test]
fn each_region_pays_by_itself_and_sends_away_what_belongs_to_the_other() {
    let regions = two_regions();
    let [(bj1, at_bj1), (gz1, at_gz1)] = [&regions[0], &regions[1]].map(|app| {
        let customer = Customer::with_balance(app.api(), app.partner(), "50.00");
        let merchant = Merchant::register(app.api(), app.partner());
        customer.pay(&merchant.order("20.00"), "20.00", &new_key("pay")).assert_status(201);
        (customer, merchant)
    });
    assert!(bj1.account.starts_with("acc_bj1_"), "{}", bj1.account);
    assert!(gz1.account.starts_with("acc_gz1_"), "{}", gz1.account);

    // Whoever asks, and with whatever token, is sent to where the account is.
    let path = bj1.path("/entries?limit=5");
    let there = format!("{}{path}", regions[0].url());
    let elsewhere = regions[1].api();
    for request in [elsewhere.get(&path), elsewhere.get(&path).by(&gz1.caller)] {
        assert_misdirected(&request.send().unwrap(), "bj1", &there);
    }
    let chinese = elsewhere.get(&path).header("accept-language", "zh-CN").send().unwrap();
    assert!(chinese.text_of("/next_step").contains("url"), "{}", chinese.text());
    let (base, rest) = there.split_at(regions[0].url().len());
    let followed = Api::new(base).get(rest).by(&bj1.caller).send().unwrap().ok(200);
    assert_eq!(followed.at("/entries").as_array().map(Vec::len), Some(2), "{}", followed.text());

    // A session is of one region, though both have the same key here.
    let foreign = elsewhere.get(&gz1.path("/balance")).by(&bj1.caller).send().unwrap();
    foreign.assert_problem(401, "token_invalid");

    // The merchant of a new order says where the order belongs.
    let order = json!({
        "merchant_id": at_bj1.id, "amount": yuan("1.00"), "description": "x", "reference": "x",
    });
    let ordered = elsewhere.post("/v1/orders", &order).key(&new_key("o")).by(regions[1].partner());
    let url = format!("{}/v1/orders", regions[0].url());
    assert_misdirected(&ordered.send().unwrap(), "bj1", &url);

    // What would join two regions is refused, and moves nothing.
    let joined = json!({
        "account_id": bj1.account, "method": "balance", "amount": yuan("3.00"), "pin": PIN,
    });
    let unpaid = at_gz1.order("3.00");
    let payment = elsewhere.post(&format!("/v1/orders/{unpaid}/payments"), &joined);
    let refused = payment.key(&new_key("p")).by(&gz1.caller).send().unwrap();
    refused.assert_problem(422, "region_differs");
    let payee = elsewhere.get(&gz1.path(&format!("/payees/{}", bj1.account))).by(&gz1.caller);
    payee.send().unwrap().assert_problem(422, "region_differs");
    // A region that nobody knows is looked for here.
    let unknown = bj1.path("/balance").replace("_bj1_", "_sh1_");
    elsewhere.get(&unknown).by(&gz1.caller).send().unwrap().assert_status(404);

    for (app, customer, merchant) in [(&regions[0], &bj1, &at_bj1), (&regions[1], &gz1, &at_gz1)] {
        merchant.wait_for_balance("20.00");
        assert_eq!(customer.balance(), "30.00");
        assert_clean(app);
    }
}

/// Another deployment of an application's region: over the same Valkey, bank and insurer.
fn beside(blue: &mut App) -> App {
    let gateways = [
        variable("bank_url", &blue.bank_url()),
        variable("insurer_url", &blue.stack().insurer_url()),
    ];
    let host_arguments = [gateways.concat(), blue.valkey().host_arguments()].concat();
    App::start_with(AppOptions { host_arguments, ..AppOptions::default() })
}

/// Orders that a customer has paid through one deployment, each with its key and the answer.
fn pay_some(customer: &Customer, merchant: &Merchant) -> Vec<(String, String, Value)> {
    let pay = |_| {
        let (order, key) = (merchant.order("1.00"), new_key("pay"));
        let paid = customer.pay(&order, "1.00", &key).ok(201);
        (order, key, paid.json())
    };
    (0..PAYMENTS).map(pay).collect()
}

#[test]
fn blue_hands_over_to_green_while_clients_pay_through_both() {
    let mut blue = App::start_with(AppOptions { valkey: true, ..AppOptions::default() });
    let green = beside(&mut blue);
    let merchant = Merchant::register(blue.api(), blue.partner());
    let customers: Vec<Customer> =
        (0..CLIENTS).map(|_| Customer::with_balance(blue.api(), blue.partner(), "50.00")).collect();
    let at_green: Vec<Customer> =
        customers.iter().map(|customer| customer.through(green.api())).collect();
    // Each customer pays through both at once.
    let paid: Vec<_> = thread::scope(|scope| {
        let clients = customers.iter().enumerate().chain(at_green.iter().enumerate());
        let pay = |(number, customer): (usize, &Customer)| {
            let paid = pay_some(customer, &merchant.through(&customer.api));
            paid.into_iter().map(|one| (number, one)).collect::<Vec<_>>()
        };
        let running: Vec<_> = clients.map(|client| scope.spawn(move || pay(client))).collect();
        running.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert_eq!(paid.len(), CLIENTS * PAYMENTS * 2);

    // Blue dies without a word; what it left open is green's to finish.
    blue.stack().kill_host().unwrap();
    for (number, (order, key, answer)) in &paid {
        let again = at_green[*number].pay(order, "1.00", key).ok(201);
        assert_eq!(again.at("/operation_id"), answer["operation_id"]);
        assert_eq!(again.header("idempotent-replayed"), "true");
    }
    merchant.through(green.api()).wait_for_balance(&format!("{}.00", paid.len()));
    for customer in &at_green {
        assert_eq!(customer.balance(), "40.00");
    }
    assert_clean(&green);
}
