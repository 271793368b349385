//! The demo is a test, too.

use feiqian_tests::App;

#[test]
fn the_demo_plays_twice_on_the_same_state() {
    let app = App::start();
    for _ in 0..2 {
        let out = Box::new(std::io::sink());
        feiqian_xtask::demo::play(app.url().as_str(), app.bank_url().as_str(), out, false).unwrap();
    }
}
