//! One-time codes and the agreements they make.

use crate::support::*;
use feiqian_bank_api::{AccountKind, BankReply, CodeResult, DeclineReason};
use feiqian_bank_sandbox::{CODE, CODE_TRIES_MAX, CODE_TTL_MS, cards};
use std::time::Duration;

const fn checked(result: CodeResult) -> BankReply {
    BankReply::CodeChecked { result }
}

#[tokio::test]
async fn the_right_code_gives_the_cards_agreement_once() {
    let bank = Bank::start().await;
    assert_eq!(bank.reply(&send_code("s", cards::CREDIT_CARD)).await, BankReply::CodeSent);
    let accepted = bank.reply(&check_code("c", "s", CODE)).await;
    let BankReply::CodeChecked { result: CodeResult::Accepted { agreement, bank_name, kind } } =
        &accepted
    else {
        panic!("{accepted:?}");
    };
    assert!(agreement.starts_with("agr_") && !bank_name.is_empty());
    assert_eq!(*kind, AccountKind::CreditCard);
    // The same try again is the same answer; another try of a used code is none.
    assert_eq!(bank.reply(&check_code("c", "s", CODE)).await, accepted);
    assert_eq!(bank.reply(&check_code("c2", "s", CODE)).await, checked(CodeResult::Expired));
    // Binding the card again gives the same agreement.
    bank.reply(&send_code("s2", cards::CREDIT_CARD)).await;
    assert_eq!(bank.reply(&check_code("c3", "s2", CODE)).await, accepted);
}

#[tokio::test]
async fn a_code_has_five_tries() {
    let bank = Bank::start().await;
    bank.reply(&send_code("s", cards::OK)).await;
    for number in 0..CODE_TRIES_MAX {
        let request = check_code(&format!("c{number}"), "s", "111111");
        assert_eq!(bank.reply(&request).await, checked(CodeResult::Wrong));
        // A repeat of a try is no further try.
        assert_eq!(bank.reply(&request).await, checked(CodeResult::Wrong));
    }
    assert_eq!(bank.reply(&check_code("last", "s", CODE)).await, checked(CodeResult::Expired));
}

#[tokio::test]
async fn a_code_is_good_for_five_minutes() {
    let bank = Bank::start().await;
    bank.reply(&send_code("s", cards::OK)).await;
    bank.advance(Duration::from_millis(CODE_TTL_MS - 1));
    assert_eq!(bank.reply(&check_code("c1", "s", "111111")).await, checked(CodeResult::Wrong));
    bank.advance(Duration::from_millis(1));
    assert_eq!(bank.reply(&check_code("c2", "s", CODE)).await, checked(CodeResult::Expired));
    assert_eq!(bank.reply(&check_code("c3", "never", CODE)).await, checked(CodeResult::Expired));
}

#[tokio::test]
async fn a_card_gets_one_code_per_interval() {
    let bank = Bank::start_with(Duration::from_secs(60)).await;
    assert_eq!(bank.reply(&send_code("s1", cards::OK)).await, BankReply::CodeSent);
    let too_many = BankReply::Declined { reason: DeclineReason::TooManyCodes };
    bank.advance(Duration::from_millis(59_999));
    assert_eq!(bank.reply(&send_code("s2", cards::OK)).await, too_many);
    // A repeat of the first is the first; another card has its own interval.
    assert_eq!(bank.reply(&send_code("s1", cards::OK)).await, BankReply::CodeSent);
    assert_eq!(bank.reply(&send_code("s3", cards::OK_SECOND)).await, BankReply::CodeSent);
    bank.advance(Duration::from_millis(1));
    assert_eq!(bank.reply(&send_code("s4", cards::OK)).await, BankReply::CodeSent);
    // What was declined stays declined under its id.
    assert_eq!(bank.reply(&send_code("s2", cards::OK)).await, too_many);
}

#[tokio::test]
async fn a_code_needs_a_mobile() {
    let bank = Bank::start().await;
    let mut elements = elements(cards::OK);
    elements.mobile = None;
    let request = feiqian_bank_api::BankRequest::SendCode { request_id: "s".to_owned(), elements };
    let declined = BankReply::Declined { reason: DeclineReason::ElementsMismatch };
    assert_eq!(bank.reply(&request).await, declined);
}
