//! One test for each magic card.

use crate::support::*;
use feiqian_bank_api::{
    AccountKind, BankReply, BankRequest, DeclineReason, MoneyStatus, StatementLine, Verification,
};
use feiqian_bank_sandbox::cards;
use feiqian_money::Amount;
use feiqian_signing::SignatureError;
use http::StatusCode;
use std::time::{Duration, Instant};

const fn matched(kind: AccountKind) -> BankReply {
    BankReply::Verified { verification: Verification::Matched { kind } }
}

const fn refused(reason: DeclineReason) -> BankReply {
    BankReply::Verified { verification: Verification::Refused { reason } }
}

const fn rejected(reason: DeclineReason) -> BankReply {
    BankReply::Money { status: MoneyStatus::Rejected { reason } }
}

async fn statement(bank: &Bank) -> Vec<StatementLine> {
    match bank.reply(&BankRequest::Statement { day: "2026-11-23".to_owned() }).await {
        BankReply::Statement { lines } => lines,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_card_verifies_as_the_table_says() {
    let bank = Bank::start().await;
    for card in cards::ALL {
        let expected = match card.number {
            cards::LOST => refused(DeclineReason::CardLost),
            cards::EXPIRED => refused(DeclineReason::CardExpired),
            cards::MISMATCH => refused(DeclineReason::ElementsMismatch),
            cards::CREDIT_CARD => matched(AccountKind::CreditCard),
            cards::CLASS_II => matched(AccountKind::ClassII),
            _ => matched(AccountKind::ClassI),
        };
        assert_eq!(bank.reply(&verify(card.number, card.number)).await, expected, "{card:?}");
    }
}

#[tokio::test]
async fn the_good_cards_and_any_other_unionpay_number_pay_and_are_paid() {
    let bank = Bank::start().await;
    let any = "6222020000000000000";
    for card in [cards::OK, cards::OK_SECOND, cards::CREDIT_CARD, cards::CLASS_II, any] {
        let agreement = bank.bind(card).await;
        let paid = bank.reply(&debit(&format!("d-{card}"), &agreement, 100_000_000)).await;
        assert_eq!(paid, SETTLED, "{card}");
        let too_much = bank.reply(&debit(&format!("e-{card}"), &agreement, 1)).await;
        assert_eq!(too_much, rejected(DeclineReason::InsufficientFunds), "{card}");
        let credited = bank.reply(&credit(&format!("c-{card}"), &agreement, 1)).await;
        assert_eq!(credited, SETTLED, "{card}");
    }
}

#[tokio::test]
async fn a_number_that_is_no_unionpay_card_is_not_found() {
    let bank = Bank::start().await;
    for card in ["4242424242424242", "6216261000000000019", "62", "", "6216x61000000000018"] {
        let reply = bank.reply(&verify(&format!("v-{card}"), card)).await;
        assert_eq!(reply, refused(DeclineReason::CardNotFound), "{card}");
        let reply = bank.reply(&send_code(&format!("s-{card}"), card)).await;
        assert_eq!(reply, BankReply::Declined { reason: DeclineReason::CardNotFound }, "{card}");
    }
}

#[tokio::test]
async fn elements_of_no_valid_form_do_not_belong_together() {
    let bank = Bank::start().await;
    let mut three = elements(cards::OK);
    three.mobile = None;
    let request = BankRequest::VerifyCard { request_id: "3".to_owned(), elements: three };
    assert_eq!(bank.reply(&request).await, matched(AccountKind::ClassI));
    let mut wrong = elements(cards::OK);
    wrong.resident_id = "110105194912310021".to_owned();
    let request = BankRequest::VerifyCard { request_id: "w".to_owned(), elements: wrong };
    assert_eq!(bank.reply(&request).await, refused(DeclineReason::ElementsMismatch));
}

#[tokio::test]
async fn an_empty_card_rejects_debits_and_takes_credits() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::INSUFFICIENT_FUNDS).await;
    let reply = bank.reply(&debit("d", &agreement, 1)).await;
    assert_eq!(reply, rejected(DeclineReason::InsufficientFunds));
    assert_eq!(bank.reply(&query("d")).await, rejected(DeclineReason::InsufficientFunds));
    assert_eq!(bank.reply(&credit("c", &agreement, 1)).await, SETTLED);
    assert_eq!(bank.times_moved("d").await, 0);
}

#[tokio::test]
async fn a_frozen_card_is_bound_and_rejects_all_movements() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::FROZEN).await;
    for request in [debit("d", &agreement, 1), credit("c", &agreement, 1)] {
        assert_eq!(bank.reply(&request).await, rejected(DeclineReason::CardFrozen));
    }
    assert_eq!(bank.inspect("/sandbox/totals").await["debits"]["count"], 0);
}

#[tokio::test]
async fn lost_expired_and_mismatching_cards_get_no_code() {
    let bank = Bank::start().await;
    for (card, reason) in [
        (cards::LOST, DeclineReason::CardLost),
        (cards::EXPIRED, DeclineReason::CardExpired),
        (cards::MISMATCH, DeclineReason::ElementsMismatch),
    ] {
        let reply = bank.reply(&send_code(card, card)).await;
        assert_eq!(reply, BankReply::Declined { reason });
    }
}

#[tokio::test]
async fn the_slow_card_takes_its_time() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::SLOW).await;
    let began = Instant::now();
    assert_eq!(bank.reply(&debit("d", &agreement, 1)).await, SETTLED);
    assert!(began.elapsed() >= SLOW);
}

#[tokio::test]
async fn a_late_answer_of_a_done_debit_is_found_by_a_query() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::TIMES_OUT_THEN_DONE).await;
    let began = Instant::now();
    assert_eq!(bank.reply(&debit("d", &agreement, 1)).await, SETTLED);
    assert!(began.elapsed() >= LATE);
    assert_eq!(bank.reply(&query("d")).await, SETTLED);
    // A repeat is answered at once and moves nothing.
    assert_eq!(bank.reply(&debit("d", &agreement, 1)).await, SETTLED);
    assert_eq!(bank.times_moved("d").await, 1);
}

#[tokio::test]
async fn a_lost_debit_is_unknown_to_queries_until_it_is_sent_again() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::TIMES_OUT_NOT_DONE).await;
    let began = Instant::now();
    let lost = bank.send(&debit("d", &agreement, 1)).await;
    assert!(began.elapsed() >= LATE);
    assert_eq!((lost.status, lost.signature), (StatusCode::GATEWAY_TIMEOUT, Ok(())));
    assert_eq!(bank.reply(&query("d")).await, NOT_FOUND);
    assert_eq!(bank.times_moved("d").await, 0);

    let other = bank.send(&debit("d", &agreement, 2)).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(bank.reply(&debit("d", &agreement, 1)).await, SETTLED);
    assert_eq!(bank.reply(&query("d")).await, SETTLED);
    assert_eq!(bank.times_moved("d").await, 1);
}

#[tokio::test]
async fn a_server_error_hides_a_done_debit() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::FAILS_THEN_DONE).await;
    let failed = bank.send(&debit("d", &agreement, 1)).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(bank.reply(&query("d")).await, SETTLED);
    assert_eq!(bank.reply(&debit("d", &agreement, 1)).await, SETTLED);
    assert_eq!(bank.times_moved("d").await, 1);
}

#[tokio::test]
async fn a_wrong_signature_hides_a_done_debit() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::BAD_SIGNATURE).await;
    let answer = bank.send(&debit("d", &agreement, 1)).await;
    assert_eq!((answer.status, answer.signature), (StatusCode::OK, Err(SignatureError::Mismatch)));
    assert_eq!(bank.reply(&query("d")).await, SETTLED);
}

#[tokio::test]
async fn an_unreadable_body_hides_a_done_debit() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::UNREADABLE).await;
    let answer = bank.send(&debit("d", &agreement, 1)).await;
    assert_eq!((answer.status, answer.signature), (StatusCode::OK, Ok(())));
    assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err());
    assert_eq!(bank.reply(&query("d")).await, SETTLED);
}

#[tokio::test]
async fn a_stalled_body_hides_a_done_debit() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::STALLS).await;
    let began = Instant::now();
    assert_eq!(bank.reply(&debit("d", &agreement, 1)).await, SETTLED);
    assert!(began.elapsed() >= LATE);
    assert_eq!(bank.reply(&query("d")).await, SETTLED);
}

#[tokio::test]
async fn the_processing_card_settles_at_the_third_query() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::PROCESSING).await;
    assert_eq!(bank.reply(&debit("d", &agreement, 1)).await, PROCESSING);
    assert_eq!(bank.reply(&query("d")).await, PROCESSING);
    assert_eq!(bank.reply(&debit("d", &agreement, 1)).await, PROCESSING);
    assert_eq!(bank.reply(&query("d")).await, PROCESSING);
    assert_eq!(bank.times_moved("d").await, 0);
    assert_eq!(bank.reply(&query("d")).await, SETTLED);
    assert_eq!(bank.reply(&query("d")).await, SETTLED);
    assert_eq!(bank.reply(&debit("d", &agreement, 1)).await, SETTLED);
    assert_eq!(bank.times_moved("d").await, 1);
}

#[tokio::test]
async fn the_statement_errs_for_two_cards_only() {
    let bank = Bank::start().await;
    for (id, card) in [("ok", cards::OK), ("over", cards::WRONG_AMOUNT), ("gone", cards::MISSING)] {
        let agreement = bank.bind(card).await;
        assert_eq!(bank.reply(&debit(id, &agreement, 1000)).await, SETTLED);
        assert_eq!(bank.times_moved(id).await, 1);
    }
    let lines = statement(&bank).await;
    let listed: Vec<_> =
        lines.iter().map(|line| (line.request_id.as_str(), line.amount.amount.minor())).collect();
    assert_eq!(listed, [("ok", 1000), ("over", 1001)]);
    assert_eq!((lines[0].kind.as_str(), lines[0].settled_at_ms), ("debit", START_MS));
    // The books themselves are right.
    let totals = bank.inspect("/sandbox/totals").await;
    assert_eq!(totals["debits"]["amount"]["value"], "30.00");
}

#[tokio::test]
async fn a_statement_is_of_one_day_in_the_banks_time() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::OK).await;
    bank.reply(&debit("first", &agreement, 1)).await;
    bank.advance(Duration::from_millis(24 * 3_600_000 - 1));
    bank.reply(&debit("last", &agreement, 1)).await;
    bank.advance(Duration::from_millis(1));
    bank.reply(&debit("next day", &agreement, 1)).await;
    let ids: Vec<_> = statement(&bank).await.into_iter().map(|line| line.request_id).collect();
    assert_eq!(ids, ["first", "last"]);
}

#[tokio::test]
async fn one_card_answers_its_verification_late() {
    let bank = Bank::start().await;
    let began = Instant::now();
    let request = verify("v", cards::VERIFICATION_TIMES_OUT);
    assert_eq!(bank.reply(&request).await, matched(AccountKind::ClassI));
    assert!(began.elapsed() >= LATE);
    assert_eq!(bank.reply(&request).await, matched(AccountKind::ClassI));
}

#[tokio::test]
async fn the_cards_are_listed_with_what_is_on_them() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::OK).await;
    bank.reply(&debit("d", &agreement, 1234)).await;
    let listed = bank.inspect("/sandbox/cards").await;
    let listed = listed["cards"].as_array().unwrap();
    assert_eq!(listed.len(), cards::ALL.len());
    assert_eq!(listed[0]["number"], cards::OK);
    let left = cards::OPENING_BALANCE.checked_sub(Amount::from_minor(1234)).unwrap();
    assert_eq!(listed[0]["balance"]["value"], left.to_decimal_string(Default::default()));
}
