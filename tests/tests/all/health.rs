//! What the application says about itself.

use feiqian_tests::{AnswerExt as _, App, SharedApp};
use serde_json::json;

#[test]
fn a_healthy_application_says_so_and_what_it_reached() {
    let app = SharedApp::get();
    let health = app.api().get("/healthz").send().unwrap().ok(200);
    let dependencies = json!({"store": "ok", "bank_connector": "ok", "bank": "ok"});
    assert_eq!(health.json(), json!({"status": "ok", "dependencies": dependencies}));
}

#[test]
fn an_application_without_its_bank_says_which_dependency_is_missing() {
    let mut app = App::start();
    app.stack().kill_bank().unwrap();
    let health = app.api().get("/healthz").send().unwrap().ok(503);
    assert_eq!(health.at("/status"), "degraded");
    assert_eq!(health.at("/dependencies/store"), "ok");
    assert_eq!(health.at("/dependencies/bank"), "unreachable");
}

#[test]
fn what_components_ask_of_each_other_is_asked_by_no_one_else() {
    let app = SharedApp::get();
    let mark = "000000000000001~0.top_up.op_00000000000000000000000000";
    for (path, status) in [("/settlements", 404), ("/v1/orders/settlements", 405)] {
        let answer = app.api().post(path, &json!({"mark": mark})).send().unwrap();
        assert_eq!(answer.status, status, "{path}");
    }
}
