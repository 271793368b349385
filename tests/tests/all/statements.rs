//! Monthly statements.

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp};
use feiqian_xtask::people::new_key;

#[test]
fn a_month_is_shown_in_three_forms_that_say_the_same() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    for value in ["12.34", "0.66"] {
        customer.pay(&merchant.order(value), value, &new_key("pay")).assert_status(201);
    }
    let month = customer.get("/entries").ok(200).text_of("/entries/0/at")[..7].to_owned();
    let path = format!("/statements/{month}");
    let statement = customer.get(&path).ok(200);
    for (pointer, value) in [
        ("/opening_balance/value", "0.00"),
        ("/money_in/value", "100.00"),
        ("/money_out/value", "13.00"),
        ("/closing_balance/value", "87.00"),
        ("/totals/0/kind", "top_up"),
        ("/totals/1/amount/value", "13.00"),
        ("/entries/2/balance/value", "87.00"),
    ] {
        assert_eq!(statement.text_of(pointer), value, "{pointer}");
    }
    assert_eq!(statement.at("/is_final"), false);

    let table = customer.get(&format!("{path}?format=csv")).ok(200);
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert!(table.header("content-disposition").contains(&format!("statement-{month}-1.csv")));
    let table = table.text();
    assert_eq!(table.lines().count(), 6, "{table}");
    assert!(table.contains("-12.34,,87.66") && table.contains("-0.66,,87.00"), "{table}");

    let pdf = customer.get(&format!("{path}?format=pdf")).ok(200);
    assert_eq!(pdf.header("content-type"), "application/pdf");
    assert!(pdf.body.starts_with(b"%PDF-"));
    assert!(pdf.text().contains("(87.00)"));
}

#[test]
fn a_statement_that_does_not_exist_is_refused() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    for month in ["2020-01", "2099-01"] {
        let refused = customer.get(&format!("/statements/{month}"));
        refused.assert_problem(404, "statement_not_found");
    }
    let month = format!("/statements/{}", this_month(&customer));
    customer.get(&format!("{month}?part=2")).assert_problem(404, "statement_not_found");
    for query in ["/statements/2026-13".to_owned(), format!("{month}?format=doc")] {
        customer.get(&query).assert_problem(400, "parameter_invalid");
    }
    let stranger = Customer::open(&app.api(), &app.partner(), "II");
    let refused = app.api().get(&customer.path(&month)).by(&stranger.caller).send().unwrap();
    refused.assert_problem(404, "account_not_found");
}

fn this_month(customer: &Customer) -> String {
    customer.get("/balance").ok(200).text_of("/as_of")[..7].to_owned()
}
