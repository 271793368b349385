//! Debits and credits, whatever the card.

use crate::support::*;
use feiqian_bank_api::{BankReply, DeclineReason, MoneyStatus};
use feiqian_bank_sandbox::cards;
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
