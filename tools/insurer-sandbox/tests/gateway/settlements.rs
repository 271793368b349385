//! Commits and reversals, whoever the person is.

use crate::support::*;
use feiqian_insurer_api::{DeclineReason, InsurerReply, SettlementStatus};
use http::StatusCode;
use std::sync::Arc;
use tokio::task::JoinSet;

const ID: &str = "11010519491231002X";
const NOT_SETTLED: InsurerReply = InsurerReply::Settlement {
    status: SettlementStatus::Rejected { reason: DeclineReason::NotSettled },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_sent_many_times_at_once_settles_once() {
    let insurer = Arc::new(Running::start().await);
    let token = insurer.client.activate("张三", ID).await;
    let claim = claim(&token, &[1_000]);
    let lines = insurer.client.presettled(&claim).await;
    let mut sending = JoinSet::new();
    for _ in 0..16 {
        let (insurer, claim) = (Arc::clone(&insurer), claim.clone());
        sending.spawn(async move { insurer.client.reply(&commit("c", &claim)).await });
    }
    while let Some(reply) = sending.join_next().await {
        assert_eq!(reply.unwrap(), settled(&lines));
    }
    let listed = insurer.client.inspect("/sandbox/settlements").await;
    assert_eq!(listed["settlements"].as_array().unwrap().len(), 1);
    assert_eq!(listed["complete"], true);
}

#[tokio::test]
async fn lines_go_back_once_each_and_the_account_has_its_money_again() {
    let insurer = Running::start().await.client;
    let token = insurer.activate("张三", ID).await;
    let claim = claim(&token, &[1_000, 2_000, 3_000]);
    let lines = insurer.presettled(&claim).await;
    insurer.reply(&commit("c", &claim)).await;
    assert_eq!(insurer.reply(&reverse("r1", "c", &[2])).await, settled(&lines[1..2]));
    assert_eq!(insurer.reply(&reverse("r1", "c", &[2])).await, settled(&lines[1..2]));
    for (id, wanted) in [("r2", &[2][..]), ("r3", &[1, 2]), ("r4", &[4]), ("r5", &[])] {
        assert_eq!(insurer.reply(&reverse(id, "c", wanted)).await, NOT_SETTLED, "{id}");
    }
    assert_eq!(insurer.reply(&reverse("r6", "never", &[1])).await, NOT_SETTLED);
    let rest = [lines[0], lines[2]];
    assert_eq!(insurer.reply(&reverse("r7", "c", &[1, 3])).await, settled(&rest));
    assert_eq!(insurer.reply(&query("r7")).await, settled(&rest));
    assert_eq!(insurer.presettled(&claim).await, lines);
}

#[tokio::test]
async fn a_request_id_used_for_something_else_is_refused() {
    let insurer = Running::start().await.client;
    let token = insurer.activate("张三", ID).await;
    insurer.reply(&commit("c", &claim(&token, &[1_000]))).await;
    for other in [commit("c", &claim(&token, &[1_001])), reverse("c", "c", &[1])] {
        assert_eq!(insurer.send(&other).await.0, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn a_claim_of_nobody_or_of_nothing_is_rejected() {
    let insurer = Running::start().await.client;
    let token = insurer.activate("张三", ID).await;
    let reply = |reason| InsurerReply::Settlement { status: SettlementStatus::Rejected { reason } };
    for (id, claim, reason) in [
        ("c1", claim("ins_unknown", &[1]), DeclineReason::CredentialInvalid),
        ("c2", claim(&token, &[]), DeclineReason::Other),
        ("c3", claim(&token, &[100, 0]), DeclineReason::Other),
    ] {
        assert_eq!(insurer.reply(&commit(id, &claim)).await, reply(reason), "{id}");
    }
    assert_eq!(insurer.reply(&query("never")).await, NOT_FOUND);
    assert_eq!(insurer.reply(&query(&format!("a-{ID}"))).await, NOT_FOUND);
}
