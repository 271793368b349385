//! What each person's name makes the insurer do.

use crate::support::*;
use feiqian_insurer_api::{DeclineReason, InsurerReply, InsurerRequest, SettlementStatus};
use feiqian_insurer_sandbox::people;
use http::StatusCode;

const ID: &str = "11010519491231002X";

fn rejected(reason: DeclineReason) -> InsurerReply {
    InsurerReply::Settlement { status: SettlementStatus::Rejected { reason } }
}

#[tokio::test]
async fn an_ordinary_person_pays_by_fund_account_and_cash_in_turn() {
    let insurer = Running::start().await.client;
    let InsurerReply::Credential { token, region } = insurer.reply(&activate("张三", ID)).await
    else {
        panic!("no credential");
    };
    assert_eq!(region, "110100");
    // 4,000.00 of 10,000.00 are left by the fund, and 1,000.00 are on the account.
    let lines = insurer.presettled(&claim(&token, &[100_000, 900_000])).await;
    assert_eq!(parts(&lines[0]), [60_000, 40_000, 0, 0, 0]);
    assert_eq!(parts(&lines[1]), [540_000, 60_000, 0, 0, 300_000]);
    assert_eq!(parts(&insurer.presettled(&claim(&token, &[7])).await[0]), [4, 3, 0, 0, 0]);
}

#[tokio::test]
async fn people_have_no_credential_no_account_or_pay_nothing() {
    let insurer = Running::start().await.client;
    let reply = insurer.reply(&activate(people::NO_CREDENTIAL, ID)).await;
    assert_eq!(reply, InsurerReply::Declined { reason: DeclineReason::NoCredential });
    let token = insurer.activate(people::POOLED_ONLY, "440524188001010014").await;
    let lines = insurer.presettled(&claim(&token, &[1_000])).await;
    assert_eq!(parts(&lines[0]), [600, 0, 0, 0, 400]);
    let token = insurer.activate(people::FULLY_COVERED, "341126197709218366").await;
    let lines = insurer.presettled(&claim(&token, &[1_000])).await;
    assert_eq!(parts(&lines[0]), [950, 0, 0, 50, 0]);
}

#[tokio::test]
async fn a_suspended_persons_claims_are_declined_and_rejected() {
    let insurer = Running::start().await.client;
    let token = insurer.activate(people::SUSPENDED, ID).await;
    let claim = claim(&token, &[100]);
    let presettle = InsurerRequest::Presettle { request_id: "p".into(), claim: claim.clone() };
    let declined = InsurerReply::Declined { reason: DeclineReason::Suspended };
    assert_eq!(insurer.reply(&presettle).await, declined);
    let reply = insurer.reply(&commit("c", &claim)).await;
    assert_eq!(reply, rejected(DeclineReason::Suspended));
}

#[tokio::test]
async fn a_relatives_personal_account_pays_after_ones_own() {
    let insurer = Running::start().await.client;
    let child = insurer.activate(people::POOLED_ONLY, ID).await;
    let parent = insurer.activate("李四", "440524188001010014").await;
    let mut claim = claim(&child, &[300_000]);
    claim.shared_by = Some(parent.clone());
    let lines = insurer.presettled(&claim).await;
    assert_eq!(parts(&lines[0]), [180_000, 0, 100_000, 0, 20_000]);
    assert_eq!(insurer.reply(&commit("c", &claim)).await, settled(&lines));
    assert_eq!(parts(&insurer.presettled(&claim).await[0]), [180_000, 0, 0, 0, 120_000]);
    insurer.reply(&reverse("r", "c", &[1])).await;
    assert_eq!(insurer.presettled(&claim).await, lines);
    claim.shared_by = Some("ins_unknown".into());
    let reply = insurer.reply(&commit("c2", &claim)).await;
    assert_eq!(reply, rejected(DeclineReason::CredentialInvalid));
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_of_something_done_or_of_nothing() {
    let insurer = Running::start().await.client;
    let done = insurer.activate(people::TIMES_OUT_THEN_DONE, ID).await;
    let done = claim(&done, &[100]);
    let lines = insurer.presettled(&done).await;
    assert_eq!(insurer.reply(&commit("c", &done)).await, settled(&lines));
    assert_eq!(insurer.reply(&query("c")).await, settled(&lines));

    let lost = insurer.activate(people::TIMES_OUT_NOT_DONE, "440524188001010014").await;
    let lost = claim(&lost, &[100]);
    assert_eq!(insurer.send(&commit("l", &lost)).await.0, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(insurer.reply(&query("l")).await, NOT_FOUND);
    assert_eq!(
        insurer.reply(&commit("l", &lost)).await,
        settled(&insurer.settled_lines("l").await)
    );
}

#[tokio::test]
async fn a_commit_may_settle_another_split_be_processing_or_rejected() {
    let insurer = Running::start().await.client;
    let token = insurer.activate(people::SPLIT_CHANGES, ID).await;
    let changes = claim(&token, &[1_000]);
    assert_eq!(parts(&insurer.presettled(&changes).await[0]), [600, 400, 0, 0, 0]);
    insurer.reply(&commit("s", &changes)).await;
    assert_eq!(parts(&insurer.settled_lines("s").await[0]), [599, 400, 0, 0, 1]);

    let token = insurer.activate(people::PROCESSING, "440524188001010014").await;
    let slow = claim(&token, &[1_000]);
    let lines = insurer.presettled(&slow).await;
    assert_eq!(insurer.reply(&commit("p", &slow)).await, PROCESSING);
    assert_eq!(insurer.reply(&query("p")).await, PROCESSING);
    assert_eq!(insurer.reply(&query("p")).await, PROCESSING);
    assert_eq!(insurer.reply(&query("p")).await, settled(&lines));
    assert_eq!(insurer.reply(&commit("p", &slow)).await, settled(&lines));

    let token = insurer.activate(people::REJECTED, "341126197709218366").await;
    let reply = insurer.reply(&commit("r", &claim(&token, &[1_000]))).await;
    assert_eq!(reply, rejected(DeclineReason::Other));
}

#[tokio::test]
async fn a_statement_may_be_wrong_or_incomplete() {
    let insurer = Running::start().await.client;
    for (name, id) in [
        ("张三", ID),
        (people::WRONG_AMOUNT, "440524188001010014"),
        (people::MISSING, "341126197709218366"),
    ] {
        let token = insurer.activate(name, id).await;
        insurer.reply(&commit(id, &claim(&token, &[1_000, 2_000]))).await;
    }
    insurer.reply(&reverse("back", ID, &[2])).await;
    let InsurerReply::Statement { lines } =
        insurer.reply(&InsurerRequest::Statement { day: DAY.into() }).await
    else {
        panic!("no statement");
    };
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.request_id.as_str(), line.split.hifp_pay.amount.minor()))
        .collect();
    assert_eq!(told, [(ID, 1_800), ("440524188001010014", 1_801), ("back", 1_200)]);
    let other = insurer.reply(&InsurerRequest::Statement { day: "2026-11-23".into() }).await;
    assert_eq!(other, InsurerReply::Statement { lines: Vec::new() });
}
