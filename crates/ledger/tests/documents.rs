//! Documents of every schema that was ever released, as they lie in stores: every later
//! version reads them. They were made by the tests of the flows (`FEIQIAN_DOCUMENTS=DIR`)
//! and are never changed; a new schema adds files.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail them by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use feiqian_ledger::account::{Case, SecurityPage};
use feiqian_ledger::event::{Attempts, Endpoint, EventLog, EventPage};
use feiqian_ledger::medical::{Insured, MedicalCode, Visit, VisitDay};
use feiqian_ledger::partner::{Partner, PartnerAccess};
use feiqian_ledger::{
    Account, Bill, CaseLog, Document, DocumentError, Event, InternalAccount, IssuedCode, Merchant,
    NfcToken, Notes, Operation, OperatorLog, OperatorLogPage, Order, Page, PersonPlace, Settlement,
    Subscriber,
};
use serde_json::Value;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents")
}

/// The stored documents of a kind: the schema of each, and its bytes.
fn stored(kind: &str) -> Vec<(u16, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Some((of, schema)) = name.trim_end_matches(".json").rsplit_once('.')
            && of == kind
        {
            found.push((schema.parse().unwrap(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

/// What must hold of the stored documents of a kind; the kind, as having been looked at.
fn check<D: Document>(kind: &'static str) -> &'static str {
    let documents = stored(kind);
    assert!(
        documents.iter().any(|(schema, _)| *schema == D::SCHEMA),
        "no {kind} of the present schema {} is kept in tests/documents",
        D::SCHEMA
    );
    for (schema, bytes) in documents {
        let document = D::decode(&bytes).unwrap_or_else(|error| panic!("{kind}.{schema}: {error}"));
        assert_eq!(document.schema(), schema, "{kind}");
        let before: Value = serde_json::from_slice(&bytes).unwrap();
        let after: Value = serde_json::from_slice(&document.encode().unwrap()).unwrap();
        if schema == D::SCHEMA {
            assert_eq!(after, before, "{kind}.{schema}: something was lost");
        }
        let mut newer = before;
        newer["schema"] = (D::SCHEMA + 1).into();
        let refused = D::decode(newer.to_string().as_bytes()).map(drop);
        let error = DocumentError::Newer { what: D::NAME, schema: D::SCHEMA + 1, known: D::SCHEMA };
        assert_eq!(refused, Err(error.clone()), "{kind}");
        assert!(error.to_string().contains(&format!("schema {}", D::SCHEMA + 1)));
    }
    kind
}

#[test]
fn every_document_that_was_released_is_read_and_a_newer_one_is_refused() {
    let checked = [
        check::<Account>("account"),
        check::<Attempts>("attempts"),
        check::<Bill>("bill"),
        check::<Case>("case"),
        check::<CaseLog>("cases"),
        check::<Endpoint>("endpoint"),
        check::<Event>("event"),
        check::<EventPage>("event_page"),
        check::<EventLog>("events"),
        check::<Insured>("insured"),
        check::<InternalAccount>("internal"),
        check::<Page>("journal"),
        check::<MedicalCode>("medical_code"),
        check::<Merchant>("merchant"),
        check::<NfcToken>("nfc_token"),
        check::<Notes>("notes"),
        check::<Operation>("operation"),
        check::<OperatorLog>("operator_log"),
        check::<OperatorLogPage>("operator_log_page"),
        check::<Operation>("outcome"),
        check::<Order>("order"),
        check::<Partner>("partner"),
        check::<PartnerAccess>("partner_access"),
        check::<IssuedCode>("payer_code"),
        check::<PersonPlace>("person"),
        check::<SecurityPage>("security"),
        check::<Settlement>("settlement"),
        check::<Subscriber>("subscriber"),
        check::<Visit>("visit"),
        check::<VisitDay>("visit_day"),
    ];
    let kept: BTreeSet<String> = std::fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.split('.').next().map(str::to_owned))
        .collect();
    assert_eq!(kept, checked.into_iter().map(str::to_owned).collect(), "a kind is not looked at");
}
