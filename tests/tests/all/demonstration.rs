//! The demo is a test, too.

use feiqian_tests::{App, AppOptions};

fn play(app: &App) {
    let out = Box::new(std::io::sink());
    feiqian_xtask::demo::play(app.url().as_str(), app.bank_url().as_str(), out, false).unwrap();
}

#[test]
fn the_demo_plays_twice_on_the_same_state() {
    let app = App::start();
    play(&app);
    play(&app);
}

#[test]
fn the_demo_plays_with_an_instance_for_each_request() {
    let one = ["--max-instance-reuse-count", "1"].map(Into::into);
    play(&App::start_with(AppOptions { host_arguments: one.into(), ..AppOptions::default() }));
}
