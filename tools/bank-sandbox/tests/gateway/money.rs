//! Debits and credits, whatever the card.

use crate::support::*;
use feiqian_bank_api::{BankReply, BankRequest, DeclineReason, MoneyStatus};
use feiqian_bank_sandbox::cards;
use feiqian_money::Amount;
use http::StatusCode;
use std::sync::Arc;
use tokio::task::JoinSet;

const fn rejected(reason: DeclineReason) -> BankReply {
    BankReply::Money { status: MoneyStatus::Rejected { reason } }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_many_times_at_once_moves_money_once() {
    let bank = Arc::new(Bank::start().await);
    let agreement = bank.bind(cards::OK).await;
    let mut sending = JoinSet::new();
    for _ in 0..32 {
        let (bank, agreement) = (Arc::clone(&bank), agreement.clone());
        sending.spawn(async move { bank.reply(&debit("d", &agreement, 100)).await });
    }
    while let Some(reply) = sending.join_next().await {
        assert_eq!(reply.unwrap(), SETTLED);
    }
    assert_eq!(bank.times_moved("d").await, 1);
}

#[tokio::test]
async fn a_request_id_used_for_something_else_is_refused() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::OK).await;
    assert_eq!(bank.reply(&debit("d", &agreement, 100)).await, SETTLED);
    for other in [debit("d", &agreement, 101), credit("d", &agreement, 100), verify("d", cards::OK)]
    {
        let answer = bank.send(&other).await;
        assert_eq!((answer.status, answer.signature), (StatusCode::CONFLICT, Ok(())));
        assert_eq!(answer.json()["code"], "request_id_reused");
    }
    assert_eq!(bank.reply(&query("d")).await, SETTLED);
    assert_eq!(bank.times_moved("d").await, 1);
}

#[tokio::test]
async fn an_unknown_agreement_or_no_amount_is_rejected() {
    let bank = Bank::start().await;
    let reply = bank.reply(&debit("d1", "agr_unknown", 1)).await;
    assert_eq!(reply, rejected(DeclineReason::AgreementInvalid));
    let agreement = bank.bind(cards::OK).await;
    assert_eq!(bank.reply(&debit("d2", &agreement, 0)).await, rejected(DeclineReason::Other));
}

#[tokio::test]
async fn a_query_finds_only_movements_of_money() {
    let bank = Bank::start().await;
    assert_eq!(bank.reply(&query("never")).await, NOT_FOUND);
    bank.reply(&verify("v", cards::OK)).await;
    assert_eq!(bank.reply(&query("v")).await, NOT_FOUND);
}

#[tokio::test]
async fn the_books_outlive_the_server() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::OK).await;
    assert_eq!(bank.reply(&debit("d", &agreement, 100)).await, SETTLED);
    let before = bank.inspect("/sandbox/movements").await;
    let bank = bank.restart().await;
    assert_eq!(bank.reply(&query("d")).await, SETTLED);
    assert_eq!(bank.reply(&debit("d", &agreement, 100)).await, SETTLED);
    assert_eq!(bank.reply(&credit("c", &agreement, 40)).await, SETTLED);
    assert_eq!(bank.times_moved("d").await, 1);
    let after = bank.inspect("/sandbox/movements").await;
    assert_eq!(after["movements"][0], before["movements"][0]);
    let totals = bank.inspect("/sandbox/totals").await;
    assert_eq!((&totals["debits"]["count"], &totals["credits"]["count"]), (&1.into(), &1.into()));
    assert_eq!(totals["credits"]["amount"]["value"], "0.40");
    let of_card = bank.inspect(&format!("/sandbox/movements?card={}", cards::OK_SECOND)).await;
    assert_eq!(of_card["movements"].as_array().unwrap().len(), 0);
    assert_eq!(of_card["complete"], true);
}

#[tokio::test]
async fn an_account_at_any_bank_is_credited_once_and_stands_in_the_statement() {
    let bank = Bank::start().await;
    assert_eq!(bank.reply(&query("p")).await, NOT_FOUND);
    for _ in 0..2 {
        assert_eq!(bank.reply(&credit_account("p", "12345678", 844)).await, SETTLED);
    }
    assert_eq!(bank.reply(&query("p")).await, SETTLED);
    assert_eq!(bank.times_moved("p").await, 1);
    let day = "2026-11-23".to_owned();
    let BankReply::Statement { lines } = bank.reply(&BankRequest::Statement { day }).await else {
        panic!("no statement")
    };
    let told = (lines[0].request_id.as_str(), lines[0].kind.as_str(), lines[0].amount.amount);
    assert_eq!((lines.len(), told), (1, ("p", "credit", Amount::from_minor(844))));
}

#[tokio::test]
async fn an_account_with_the_number_of_a_card_behaves_as_that_card() {
    let bank = Bank::start().await;
    let frozen = bank.reply(&credit_account("f", cards::FROZEN, 1)).await;
    assert_eq!(frozen, rejected(DeclineReason::CardFrozen));
    assert_eq!(bank.reply(&credit_account("p", cards::PROCESSING, 1)).await, PROCESSING);
    for expected in [PROCESSING, PROCESSING, SETTLED] {
        assert_eq!(bank.reply(&query("p")).await, expected);
    }
    assert_eq!(bank.times_moved("p").await, 1);
}

#[tokio::test]
async fn a_deposit_that_was_taken_stands_in_the_statement_under_the_answers_id() {
    let bank = Bank::start().await;
    for (reference, taken) in [("d1", true), ("d2", false)] {
        bank.deposit(reference, 500).await;
        let request_id = format!("answer-{reference}");
        let answer = BankRequest::AnswerDeposit { request_id, reference: reference.into(), taken };
        for _ in 0..2 {
            assert_eq!(bank.reply(&answer).await, BankReply::DepositAnswered);
        }
    }
    assert_eq!(bank.times_moved("answer-d2").await, 0);
    let listed = bank.inspect("/sandbox/movements").await;
    let movements = listed["movements"].as_array().unwrap();
    let told = (&movements[0]["request_id"], &movements[0]["kind"]);
    assert_eq!((movements.len(), told), (1, (&"answer-d1".into(), &"deposit".into())));
}
