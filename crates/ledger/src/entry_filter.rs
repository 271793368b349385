use feiqian_calendar::Timestamp;
use feiqian_limits::Direction;
use feiqian_money::Amount;

use crate::{Entry, EntryKind};

/// Which entries of a journal are looked for. What is left open matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryFilter {
    /// Posted at this instant or after it.
    pub from: Option<Timestamp>,
    /// Posted before this instant.
    pub until: Option<Timestamp>,
    /// Of one of these kinds; of any if there are none.
    pub kinds: Vec<EntryKind>,
    /// Into the account or out of it.
    pub direction: Option<Direction>,
    /// At least so much, either way, by the balance and a card together.
    pub least: Option<Amount>,
    /// At most so much, either way, by the balance and a card together.
    pub most: Option<Amount>,
    /// With this in the counterparty's name; ASCII letters match in either case.
    pub counterparty: Option<String>,
    /// With this in the holder's note; ASCII letters match in either case.
    pub note: Option<String>,
}

impl EntryFilter {
    /// Whether every entry matches.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an entry matches, with the holder's note on it.
    #[must_use]
    pub fn matches(&self, entry: &Entry, note: Option<&str>) -> bool {
        let size = |amount: Amount| amount.minor().unsigned_abs();
        self.from.is_none_or(|from| entry.at >= from)
            && self.until.is_none_or(|until| entry.at < until)
            && (self.kinds.is_empty() || self.kinds.contains(&entry.kind))
            && self.direction.is_none_or(|direction| entry.direction() == direction)
            && self.least.is_none_or(|least| entry.size() >= size(least))
            && self.most.is_none_or(|most| entry.size() <= size(most))
            && self.counterparty.as_deref().is_none_or(|text| has(&entry.counterparty, text))
            && self.note.as_deref().is_none_or(|text| note.is_some_and(|note| has(note, text)))
    }
}

fn has(text: &str, part: &str) -> bool {
    text.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;
    use crate::{Movement, OperationId};

    fn entry(kind: EntryKind, amount: i64, at: u64, counterparty: &str) -> Entry {
        let movement = Movement {
            operation: OperationId::derive(Region::EXAMPLE, &["o"]),
            kind,
            amount: Amount::from_minor(amount),
            by_card: Amount::ZERO,
            at: Timestamp::from_millis(at),
            counterparty: counterparty.to_owned(),
        };
        Entry::new(None, 1, Amount::ZERO, movement)
    }

    #[test]
    fn each_part_matches_up_to_its_edge() {
        let at = |millis| Some(Timestamp::from_millis(millis));
        let fen = |minor| Some(Amount::from_minor(minor));
        let text = |text: &str| Some(text.to_owned());
        let all = EntryFilter::default;
        let cases = [
            (all(), true),
            (EntryFilter { from: at(1000), ..all() }, true),
            (EntryFilter { from: at(1001), ..all() }, false),
            (EntryFilter { until: at(1000), ..all() }, false),
            (EntryFilter { until: at(1001), ..all() }, true),
            (EntryFilter { kinds: vec![EntryKind::Payment, EntryKind::TopUp], ..all() }, true),
            (EntryFilter { kinds: vec![EntryKind::TopUp], ..all() }, false),
            (EntryFilter { direction: Some(Direction::Out), ..all() }, true),
            (EntryFilter { direction: Some(Direction::In), ..all() }, false),
            (EntryFilter { least: fen(1234), ..all() }, true),
            (EntryFilter { least: fen(1235), ..all() }, false),
            (EntryFilter { most: fen(1234), ..all() }, true),
            (EntryFilter { most: fen(1233), ..all() }, false),
            (EntryFilter { counterparty: text("NOODLE"), ..all() }, true),
            (EntryFilter { counterparty: text("面馆"), ..all() }, true),
            (EntryFilter { counterparty: text("noodles"), ..all() }, false),
            (EntryFilter { note: text("lunch"), ..all() }, true),
            (EntryFilter { note: text("dinner"), ..all() }, false),
        ];
        let paid = entry(EntryKind::Payment, -1234, 1000, "Noodle 面馆");
        for (filter, matches) in cases {
            assert_eq!(filter.matches(&paid, Some("Lunch with Li")), matches, "{filter:?}");
            assert_eq!(filter.is_open(), filter == all());
        }
        let noted = EntryFilter { note: text("lunch"), ..all() };
        assert!(!noted.matches(&paid, None), "an entry without a note has no text in it");
    }

    #[test]
    fn the_direction_is_the_accounts() {
        assert_eq!(entry(EntryKind::TopUp, 1, 0, "").direction(), Direction::In);
        assert_eq!(entry(EntryKind::PaymentReversal, 1, 0, "").direction(), Direction::In);
        assert_eq!(entry(EntryKind::Payment, -1, 0, "").direction(), Direction::Out);
        assert_eq!(entry(EntryKind::Payment, 0, 0, "").direction(), Direction::Out);
    }
}
