use super::*;
use feiqian_money::Amount;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn document(problem: Problem, language: Language) -> Value {
    serde_json::from_slice(&problem.into_answer(language, NOW).into_body()).unwrap()
}

#[test]
fn a_problem_says_what_where_and_what_next() {
    let problem = Problem::new(ProblemCode::LimitExceeded)
        .with("rule", "class_ii.out.day")
        .with_money("cap", Amount::from_minor(1_000_000))
        .with_money("used", Amount::from_minor(999_999))
        .with_money("remaining", Amount::from_minor(1));
    let document = document(problem, Language::English);
    assert_eq!(document["type"], "https://feiqian.example/problems/limit_exceeded");
    assert_eq!(document["status"], 409);
    assert_eq!(document["code"], "limit_exceeded");
    assert_eq!(document["rule"], "class_ii.out.day");
    assert_eq!(document["remaining"]["value"], "0.01");
    assert_eq!(
        document["detail"],
        "The rule class_ii.out.day allows 10000.00 CNY; 9999.99 CNY is used and 0.01 CNY remains."
    );
}

#[test]
fn the_language_changes_the_text_and_nothing_else() {
    let make = || Problem::new(ProblemCode::PinLocked).retry_after(90);
    let answer = make().into_answer(Language::Chinese, NOW);
    assert_eq!(answer.headers()["content-language"], "zh-CN");
    assert_eq!(answer.headers()["retry-after"], "90");
    let (en, zh) = (document(make(), Language::English), document(make(), Language::Chinese));
    assert_eq!(zh["title"], "支付密码已锁定");
    assert_ne!(en["next_step"], zh["next_step"]);
    assert_eq!(en["retry_after"], zh["retry_after"]);
}

#[test]
fn a_detail_without_its_members_is_left_out() {
    let document = document(Problem::new(ProblemCode::LimitExceeded), Language::English);
    assert!(document.get("detail").is_none());
}

#[test]
fn a_cause_goes_to_the_log_and_to_nobody_else() {
    let make = || Problem::new(ProblemCode::StoreUnavailable).because("disk full");
    assert_eq!(serde_json::to_value(make().logged()).unwrap()["cause"], "disk full");
    let body = make().into_answer(Language::English, NOW).into_body();
    assert!(!String::from_utf8_lossy(&body).contains("disk full"));
}

#[test]
fn members_never_replace_what_every_problem_has() {
    let problem = Problem::new(ProblemCode::Forbidden).with("status", 200).with("code", "ok");
    let document = document(problem, Language::English);
    assert_eq!((&document["status"], &document["code"]), (&403.into(), &"forbidden".into()));
}

#[test]
fn text_of_a_request_comes_back_short_and_clean() {
    let problem = Problem::new(ProblemCode::RequestUnknownField)
        .with_echo("field", &format!("a\n{}", "b".repeat(500)));
    let document = document(problem, Language::English);
    assert_eq!(document["field"].as_str().unwrap().chars().count(), 64);
}

#[test]
fn every_401_says_how_to_authenticate() {
    for &code in ProblemCode::ALL {
        let answer = Problem::new(code).into_answer(Language::English, NOW);
        let challenged = answer.headers().contains_key(WWW_AUTHENTICATE);
        assert_eq!(challenged, answer.status() == StatusCode::UNAUTHORIZED, "{code}");
    }
}

#[test]
fn an_instant_becomes_whole_seconds_and_never_none() {
    for (ahead_ms, seconds) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (90_000, "90")] {
        let problem = Problem::new(ProblemCode::PinLocked).retry_at(NOW.plus_millis(ahead_ms));
        let answer = problem.into_answer(Language::English, NOW);
        assert_eq!(answer.headers()["retry-after"], seconds, "{ahead_ms}");
    }
}

#[test]
fn text_for_people_follows_the_language() {
    let make = || {
        Problem::new(ProblemCode::ParameterInvalid).with("parameter", "limit").with_text(
            "reason",
            "it is too long",
            "过长",
        )
    };
    assert_eq!(document(make(), Language::Chinese)["detail"], "参数“limit”无效：过长。");
    assert_eq!(document(make(), Language::English)["reason"], "it is too long");
}
