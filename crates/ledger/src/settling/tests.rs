use super::*;
use crate::{Document, EntryKind, Journal, Merchant, Movement, PartnerId, Region};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn settling(rate: &str) -> Settling {
    let keys = format!(r#"{{"active":"k","keys":{{"k":"{}="}}}}"#, "A".repeat(43));
    let keys = feiqian_identity::SealKeys::parse(&keys).unwrap();
    let account = SettlementAccount {
        bank_code: "102100099996".into(),
        number: keys.seal("c", "6216261000000000018", [0; 12]).unwrap(),
        masked: "6216***********0018".into(),
        name: "Noodles".into(),
    };
    let rate = DatedRate { from: day("2027-01-01"), rate: FeeRate::parse(rate).unwrap() };
    Settling::new(account, rate, 0, 0)
}

/// A journal of payments, and below zero of refunds.
fn entries(amounts: &[i64]) -> Vec<Entry> {
    let mut journal = Journal::default();
    let mut entries = Vec::new();
    for (number, amount) in amounts.iter().enumerate() {
        let kind = if *amount > 0 { EntryKind::Payment } else { EntryKind::Refund };
        let operation = OperationId::derive(Region::EXAMPLE, &[&number.to_string()]);
        let (amount, by_card) = (Amount::from_minor(*amount), Amount::ZERO);
        let counterparty = "ord".to_owned();
        let movement = Movement { operation, kind, amount, by_card, at: NOW, counterparty };
        if let Some(page) = journal.full_page() {
            journal.drop_page(&page);
        }
        journal.post(movement).unwrap();
        entries.extend(journal.entries().last().cloned());
    }
    entries
}

fn until(number: u64) -> Vec<u64> {
    let mut until = vec![0; usize::from(SHARDS)];
    until[0] = number;
    until
}

fn merchant() -> MerchantId {
    MerchantId::derive(Region::EXAMPLE, &["m"])
}

/// Settles a day of entries of the first shard as far as the bank is asked.
fn counted(settling: &mut Settling, text: &str, entries: &[Entry], parts: usize) {
    let last = entries.last().map_or(settling.positions[0], |entry| entry.sequence);
    assert!(settling.begin(day(text), until(last), NOW));
    for part in entries.chunks(parts) {
        assert_eq!(settling.request(day(text)), Ok(false), "not all is counted");
        assert_eq!(settling.count(day(text), 0, part), Ok(true));
        assert_eq!(settling.count(day(text), 0, part), Ok(false), "it is counted once");
    }
    assert_eq!(settling.request(day(text)), Ok(true));
}

fn finished(settling: &mut Settling) -> Settlement {
    let settlement = settling.ended(&merchant()).unwrap().unwrap();
    assert!(settling.finish(&settlement));
    assert!(!settling.finish(&settlement), "it is over once");
    settlement
}

#[test]
fn what_is_refused_is_paid_out_with_the_next_day() {
    let mut settling = settling("0.01");
    let all = entries(&[1_000, -300, 500]);
    counted(&mut settling, "2027-01-01", &all[..2], 9);
    assert_eq!(settling.due(), Ok(Amount::from_minor(690)));
    assert!(settling.decide(day("2027-01-01"), Some(DeclineReason::CardNotFound), NOW));
    assert!(!settling.decide(day("2027-01-01"), None, NOW), "it is decided once");
    assert_eq!(finished(&mut settling).carried_over, Amount::from_minor(690));
    counted(&mut settling, "2027-01-02", &all[2..], 9);
    assert_eq!(settling.due(), Ok(Amount::from_minor(690 + 495)));
    assert!(settling.decide(day("2027-01-02"), None, NOW));
    let paid = finished(&mut settling);
    assert_eq!((paid.carried_over, settling.carried), (Amount::ZERO, Amount::ZERO));
    assert_eq!(paid.entries(), 1);
    assert_ne!(payout_of(&merchant(), paid.day), payout_of(&merchant(), day("2027-01-01")));
}

#[test]
fn what_is_below_zero_is_taken_off_the_next_day() {
    let mut settling = settling("0");
    let all = entries(&[-300, 500]);
    counted(&mut settling, "2027-01-01", &all[..1], 9);
    assert!(!settling.decide(day("2027-01-01"), None, NOW), "there is nothing to pay out");
    let kept = finished(&mut settling);
    assert_eq!((kept.end, kept.carried_over.minor()), (SettlementEnd::CarriedOver, -300));
    counted(&mut settling, "2027-01-02", &all[1..], 9);
    assert_eq!(settling.due(), Ok(Amount::from_minor(200)));
}

#[test]
fn a_day_is_settled_once_and_none_before_it() {
    let mut settling = settling("0");
    counted(&mut settling, "2027-01-02", &[], 9);
    assert!(!settling.begin(day("2027-01-03"), until(0), NOW), "one is being settled");
    finished(&mut settling);
    for earlier in ["2027-01-01", "2027-01-02"] {
        assert!(!settling.begin(day(earlier), until(0), NOW), "{earlier}");
    }
    assert!(settling.begin(day("2027-01-03"), until(0), NOW));
}

#[test]
fn a_rate_counts_from_its_day_on() {
    let mut settling = settling("0.01");
    let rate = |text| FeeRate::parse(text).unwrap();
    let dated = |from, text| DatedRate { from: day(from), rate: rate(text) };
    assert!(settling.set_rate(dated("2027-01-05", "0.02")));
    assert!(settling.set_rate(dated("2027-01-05", "0.03")), "a slip is mended the same day");
    for (on, expected) in [
        ("2026-12-31", "0.01"),
        ("2027-01-04", "0.01"),
        ("2027-01-05", "0.03"),
        ("2028-01-01", "0.03"),
    ] {
        assert_eq!(settling.rate_of(day(on)), Some(rate(expected)), "{on}");
    }
    counted(&mut settling, "2027-01-06", &[], 9);
    finished(&mut settling);
    assert_eq!(settling.rates().len(), 1, "rates of settled days go");
}

#[test]
fn a_merchant_with_a_day_under_way_reads_back() {
    let mut settling = settling("0.0060");
    counted(&mut settling, "2027-01-01", &entries(&[1_000]), 9);
    let partner = PartnerId::parse("par_demo").unwrap();
    let mut stored = Merchant::new(merchant(), partner, "N".into(), "food".into(), NOW);
    stored.begin_settling(settling);
    assert_eq!(Merchant::decode(&stored.encode().unwrap()).unwrap(), stored);
}

proptest! {
    #[test]
    fn every_entry_is_settled_once_however_days_and_parts_fall(
        amounts in prop::collection::vec(prop_oneof![-5_000_i64..-1, 1_i64..10_000], 1..60),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        refused in prop::collection::vec(any::<bool>(), 8),
        parts in 1_usize..9,
        millionths in 0_u32..=50_000,
    ) {
        let mut settling = settling(&format!("0.{millionths:06}"));
        let all = entries(&amounts);
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(all.len())).collect();
        ends.push(all.len());
        ends.sort_unstable();
        let (mut from, mut paid, mut fees) = (0, 0, 0);
        for (number, end) in ends.iter().enumerate() {
            let text = format!("2027-01-{:02}", number + 1);
            counted(&mut settling, &text, &all[from..*end], parts);
            let declined = refused[number].then_some(DeclineReason::Other);
            let due = settling.due().unwrap();
            prop_assert_eq!(settling.decide(day(&text), declined, NOW), due.is_positive());
            let settlement = finished(&mut settling);
            fees += settlement.tally.fees.minor();
            if matches!(settlement.end, SettlementEnd::PaidOut { .. }) {
                prop_assert!(settlement.due.is_positive());
                paid += settlement.due.minor();
            }
            from = *end;
        }
        let each: i64 = amounts.iter().filter(|fen| **fen > 0).map(|fen| {
            let exact = i128::from(*fen) * i128::from(millionths);
            i64::try_from((exact * 2 + 1_000_000) / 2_000_000).unwrap()
        }).sum();
        prop_assert_eq!(fees, each);
        prop_assert_eq!(paid + fees + settling.carried.minor(), amounts.iter().sum::<i64>());
    }
}
