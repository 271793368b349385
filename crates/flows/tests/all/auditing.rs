//! The audit finds nothing in a store that nobody has touched, whatever died in it, and each
//! kind of fault in one that somebody has.

use crate::world::{Family, World, merchant, run};
use feiqian_ledger::audit::{Finding, FindingKind, Totals};
use feiqian_ledger::{
    InternalAccount, InternalName, Journal, Operation, OperationId, Page, Region,
};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;
use feiqian_store::Store;
use serde_json::{Value, json};

impl World {
    /// A whole audit, in batches of `limit` documents.
    pub fn audit(&self, limit: usize) -> (Totals, Vec<Finding>) {
        let (mut totals, mut findings, mut after) = (Totals::default(), vec![], String::new());
        loop {
            let batch = feiqian_flows::audit(self, &mut totals, &after, limit);
            let batch = run(batch).unwrap().unwrap();
            findings.extend(batch.findings);
            match batch.next {
                Some(next) => after = next,
                None => return (totals, findings),
            }
        }
    }

    /// Rewrites a document in the store.
    fn doctor(&self, key: &str, change: impl FnOnce(&mut Value)) {
        let bytes = run(self.store.inner.read(key)).unwrap().unwrap();
        let mut document =
            serde_json::from_slice(&bytes.unwrap_or_else(|| panic!("{key}"))).unwrap();
        change(&mut document);
        self.put(key, &document);
    }

    fn put(&self, key: &str, document: &Value) {
        run(self.store.inner.put(key, document.to_string().as_bytes())).unwrap().unwrap();
    }

    fn copy(&self, from: &str, to: &str) {
        let bytes = run(self.store.inner.read(from)).unwrap().unwrap().unwrap();
        run(self.store.inner.put(to, &bytes)).unwrap().unwrap();
    }
}

/// Top ups, enough for two pages, and a payment of which the merchant has been credited.
fn busy() -> (World, Family, String) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    for number in 0..2 * Journal::ENTRIES_MAX {
        world.fund(&family, &number.to_string(), 100);
    }
    let order = world.order("o", 700);
    let paid = world.pay(world.pay_request(&family, "p", &order, 700)).unwrap().unwrap();
    world.settle(&paid);
    (world, family, format!("order/{order}"))
}

#[test]
fn an_audit_counts_and_adds_up_the_same_in_batches_of_any_size() {
    let (world, _, _) = busy();
    let (whole, findings) = world.audit(500);
    assert_eq!(findings, []);
    assert_eq!(whole.documents["account"], 1);
    assert_eq!(whole.documents["order"], 1);
    let topped_up = 200 * i64::try_from(Journal::ENTRIES_MAX).unwrap();
    let balance = |whose: &str| whole.balances[whose].minor();
    assert_eq!(balance("customers"), topped_up - 700);
    assert_eq!(balance("merchants"), 700);
    assert_eq!(balance("bank_clearing"), -topped_up);
    assert_eq!(whole.in_flight, Amount::ZERO);
    assert!(whole.is_balanced());
    for limit in [1, 7, 499] {
        assert_eq!(world.audit(limit), (whole.clone(), vec![]), "{limit}");
    }
}

#[test]
fn money_that_is_gone_is_noticed_though_every_chain_holds() {
    let (world, _, _) = busy();
    let shard = shard_with_entries(&world);
    world.doctor(&shard, |shard| {
        shard["journal"] = json!({"pages": 0, "pages_balance": 0, "entries": []});
        shard["applied"] = json!([]);
    });
    let (totals, findings) = world.audit(500);
    assert_eq!(findings, []);
    assert_eq!(totals.sum(), Ok(Amount::from_minor(-700)));
    assert!(!totals.is_balanced());
}

/// What somebody does to a store, and what an audit then says of which document.
struct Case {
    what: &'static str,
    doctor: fn(&World, &Family, &str),
    found: FindingKind,
    at: fn(&Family, &str) -> String,
}

fn account_key(family: &Family) -> String {
    format!("account/{}", family.account)
}

fn page_key(family: &Family, number: u64) -> String {
    Page::key(family.account.as_str(), number)
}

fn shard_with_entries(world: &World) -> String {
    let name = InternalName::Merchant(merchant());
    let shards = (0..feiqian_ledger::SHARDS).map(|shard| InternalAccount::key(&name, shard));
    let mut used = shards.filter(|key| {
        let bytes = run(world.store.inner.read(key)).unwrap().unwrap().unwrap();
        !serde_json::from_slice::<Value>(&bytes).unwrap()["applied"].as_array().unwrap().is_empty()
    });
    used.next().unwrap()
}

const CASES: &[Case] = &[
    Case {
        what: "a document is overwritten by noise",
        doctor: |world, _, order| world.put(order, &json!({"schema": 1})),
        found: FindingKind::Unreadable,
        at: |_, order| order.to_owned(),
    },
    Case {
        what: "a document of newer code",
        doctor: |world, family, _| {
            world.doctor(&account_key(family), |account| account["schema"] = json!(999));
        },
        found: FindingKind::Unreadable,
        at: |family, _| account_key(family),
    },
    Case {
        what: "a copy under another key",
        doctor: |world, _, order| world.copy(order, "order/another"),
        found: FindingKind::Misplaced,
        at: |_, _| "order/another".to_owned(),
    },
    Case {
        what: "an amount in the account's journal is changed",
        doctor: |world, family, _| {
            world.doctor(&account_key(family), |account| {
                account["journal"]["entries"][0]["amount"] = json!(101);
            });
        },
        found: FindingKind::ChainBroken,
        at: |family, _| account_key(family),
    },
    Case {
        what: "an entry in a page is changed",
        doctor: |world, family, _| {
            world.doctor(&page_key(family, 0), |page| {
                page["entries"][3]["counterparty"] = json!("somebody else");
            });
        },
        found: FindingKind::ChainBroken,
        at: |family, _| page_key(family, 0),
    },
    Case {
        what: "a page begins with another balance than the one before ends with",
        doctor: |world, family, _| {
            world.doctor(&page_key(family, 1), |page| {
                page["entries"].as_array_mut().unwrap().clear();
                page["opening_balance"] = json!(1);
            });
        },
        found: FindingKind::ChainBroken,
        at: |family, _| page_key(family, 1),
    },
    Case {
        what: "the last page lacks its end",
        doctor: |world, family, _| {
            world.doctor(&page_key(family, 1), |page| {
                page["entries"].as_array_mut().unwrap().pop();
            });
        },
        found: FindingKind::ChainBroken,
        at: |family, _| account_key(family),
    },
    Case {
        what: "the last page is gone",
        doctor: |world, family, _| world.store.inner.remove(&page_key(family, 1)),
        found: FindingKind::PageMissing,
        at: |family, _| account_key(family),
    },
    Case {
        what: "a page before another is gone",
        doctor: |world, family, _| world.store.inner.remove(&page_key(family, 0)),
        found: FindingKind::PageMissing,
        at: |family, _| page_key(family, 1),
    },
    Case {
        what: "a page that no journal has written out",
        doctor: |world, family, _| {
            world.copy(&page_key(family, 1), &page_key(family, 7));
            world.doctor(&page_key(family, 7), |page| page["number"] = json!(7));
        },
        found: FindingKind::PageOrphaned,
        at: |family, _| page_key(family, 7),
    },
    Case {
        what: "a page's journal is gone",
        doctor: |world, family, _| world.store.inner.remove(&account_key(family)),
        found: FindingKind::ReferenceMissing,
        at: |family, _| page_key(family, 0),
    },
    Case {
        what: "a balance below zero",
        doctor: |world, family, _| {
            world.doctor(&account_key(family), |account| {
                let last = account["journal"]["entries"].as_array_mut().unwrap().last_mut();
                last.unwrap()["balance"] = json!(-1);
            });
        },
        found: FindingKind::BalanceNegative,
        at: |family, _| account_key(family),
    },
    Case {
        what: "an order's merchant is gone",
        doctor: |world, _, _| world.store.inner.remove(&format!("merchant/{}", merchant())),
        found: FindingKind::ReferenceMissing,
        at: |_, order| order.to_owned(),
    },
    Case {
        what: "an operation's account is gone",
        doctor: |world, family, _| world.store.inner.remove(&account_key(family)),
        found: FindingKind::ReferenceMissing,
        at: |family, _| {
            let id = OperationId::derive(
                family.account.region(),
                &[family.account.as_str(), "top_up", "0"],
            );
            Operation::key(&id)
        },
    },
    Case {
        what: "an order is paid by another entry than there is",
        doctor: |world, _, order| {
            world.doctor(order, |order| order["state"]["paid"]["entry"]["sequence"] = json!(3));
        },
        found: FindingKind::EntryMissing,
        at: |_, order| order.to_owned(),
    },
    Case {
        what: "an order is paid by an operation that its payer does not know",
        doctor: |world, _, order| {
            let other = OperationId::derive(Region::EXAMPLE, &["other"]);
            world.doctor(order, |order| order["state"]["paid"]["operation"] = json!(other));
        },
        found: FindingKind::OutcomeDiffers,
        at: |_, order| order.to_owned(),
    },
    Case {
        what: "an operation has succeeded without an entry",
        doctor: |world, family, _| {
            let id = OperationId::derive(
                family.account.region(),
                &[family.account.as_str(), "top_up", "0"],
            );
            world.doctor(&Operation::key(&id), |operation| {
                operation["state"]["succeeded"]["entry"]["hash"] = json!("another");
            });
        },
        found: FindingKind::EntryMissing,
        at: |family, _| {
            let id = OperationId::derive(
                family.account.region(),
                &[family.account.as_str(), "top_up", "0"],
            );
            Operation::key(&id)
        },
    },
    Case {
        what: "an order is uncredited, and no mark says that it is to be",
        doctor: |world, _, order| {
            world.doctor(order, |order| order["state"]["paid"]["credited"] = json!(false));
        },
        found: FindingKind::Unmarked,
        at: |_, order| order.to_owned(),
    },
];

#[test]
fn each_kind_of_fault_is_found_where_it_lies() {
    let (untouched, family, order) = busy();
    for Case { what, doctor, found, at } in CASES {
        let world = World::new();
        for (key, document) in untouched.store.inner.documents() {
            run(world.store.inner.put(&key, &document)).unwrap().unwrap();
        }
        doctor(&world, &family, &order);
        let at = at(&family, &order);
        let (totals, findings) = world.audit(500);
        let here = findings.iter().any(|finding| finding.kind == *found && finding.key == at);
        assert!(here, "{what}: {findings:?}");
        assert_eq!(totals.faults, findings.len() as u64, "{what}");
    }
}

#[test]
fn a_posting_that_nobody_asked_for_is_found() {
    let (world, _, order) = busy();
    let shard = shard_with_entries(&world);
    world.doctor(&order, |order| order["state"] = json!("open"));
    let (_, findings) = world.audit(500);
    let kinds: Vec<_> = findings.iter().filter(|f| f.key == shard).map(|f| f.kind).collect();
    assert_eq!(kinds, [FindingKind::PostingUndue]);
}

#[test]
fn an_operation_under_way_is_a_fault_only_without_its_mark() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.bank.mood.set(crate::world::Mood::Loses);
    world.top_up(&family, "t", 500).unwrap().unwrap();
    assert_eq!(world.audit(500).1, []);
    assert_ne!(world.audit(500).0.in_flight, Amount::ZERO);
    let marks = run(world.store.inner.pending_due(feiqian_calendar::Timestamp::MAX, 9));
    for mark in marks.unwrap().unwrap() {
        run(world.store.inner.pending_done(&mark)).unwrap().unwrap();
    }
    let kinds: Vec<_> = world.audit(500).1.into_iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::Unmarked, FindingKind::Unmarked], "account and operation");
}

#[test]
fn a_ticket_without_a_document_is_told_and_no_fault() {
    let (world, _, _) = busy();
    run(world.store.inner.put("ticket/order/x", b"\x01\0\0\0\0\0\0\0")).unwrap().unwrap();
    let (totals, findings) = world.audit(500);
    assert_eq!((totals.faults, totals.unfinished, totals.documents["ticket"]), (0, 1, 1));
    assert_eq!(findings[0].key, "order/x");
    assert_eq!(findings[0].kind, FindingKind::CreationUnfinished);
}
