use feiqian_limits::Direction;
use feiqian_money::Amount;

use crate::{Entry, EntryKind, JournalError};

/// What consecutive entries of a journal add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The balance before the first entry.
    pub opening: Amount,
    /// The balance after the last entry.
    pub closing: Amount,
    /// What came in, in all.
    pub money_in: Amount,
    /// What went out, in all, above zero.
    pub money_out: Amount,
    /// The same by kind and direction, in the order in which they first came: at most two
    /// for each kind.
    pub totals: Vec<Total>,
}

/// What the entries of one kind and direction add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// The kind.
    pub kind: EntryKind,
    /// Into the account or out of it.
    pub direction: Direction,
    /// How many entries.
    pub count: u64,
    /// How much, never below zero.
    pub amount: Amount,
    /// What bound cards paid or got beside that.
    pub by_card: Amount,
}

impl Statement {
    /// Adds entries up, oldest first, that follow on a balance.
    ///
    /// # Errors
    /// [`JournalError::Broken`] at an entry whose balance is not the sum of those before.
    pub fn of<'a>(
        opening: Amount,
        entries: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<Self, JournalError> {
        let (zero, totals) = (Amount::ZERO, Vec::new());
        let mut sums = Self { opening, closing: opening, money_in: zero, money_out: zero, totals };
        for entry in entries {
            sums.add(entry)?;
        }
        Ok(sums)
    }

    fn add(&mut self, entry: &Entry) -> Result<(), JournalError> {
        self.closing = self.closing.checked_add(entry.amount)?;
        if self.closing != entry.balance {
            return Err(JournalError::Broken { sequence: entry.sequence });
        }
        let (kind, direction) = (entry.kind, entry.direction());
        let (sum, size) = match direction {
            Direction::In => (&mut self.money_in, entry.amount),
            Direction::Out => (&mut self.money_out, entry.amount.checked_neg()?),
        };
        *sum = sum.checked_add(size)?;
        let known = self.totals.iter_mut().find(|t| t.kind == kind && t.direction == direction);
        match known {
            Some(total) => {
                total.count += 1;
                total.amount = total.amount.checked_add(size)?;
                total.by_card = total.by_card.checked_add(entry.by_card)?;
            }
            None => {
                let (amount, by_card) = (size, entry.by_card);
                self.totals.push(Total { kind, direction, count: 1, amount, by_card });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;
    use crate::{Journal, Movement, OperationId};
    use feiqian_calendar::Timestamp;
    use proptest::prelude::*;

    const KINDS: [EntryKind; 3] =
        [EntryKind::TopUp, EntryKind::Payment, EntryKind::PaymentReversal];

    /// The entries of a journal, those in its pages included.
    fn entries(movements: &[(usize, i64)]) -> Vec<Entry> {
        let (mut journal, mut entries) = (Journal::default(), Vec::new());
        for (number, (kind, amount)) in (1..).zip(movements) {
            if let Some(page) = journal.full_page() {
                journal.drop_page(&page);
            }
            let posted = journal.post(Movement {
                operation: OperationId::derive(Region::EXAMPLE, &[&number.to_string()]),
                kind: KINDS[kind % KINDS.len()],
                amount: Amount::from_minor(*amount),
                by_card: Amount::ZERO,
                at: Timestamp::from_millis(number),
                counterparty: String::new(),
            });
            posted.unwrap();
            entries.extend(journal.entries().last().cloned());
        }
        entries
    }

    proptest! {
        #[test]
        fn the_totals_of_any_part_match_the_journal(
            movements in prop::collection::vec((0_usize..3, -1_000_000_i64..1_000_000), 0..40),
            first in any::<prop::sample::Index>(),
            length in 0_usize..40,
        ) {
            let entries = entries(&movements);
            let first = first.index(entries.len() + 1);
            let part = &entries[first..entries.len().min(first + length)];
            let opening = first.checked_sub(1).map_or(Amount::ZERO, |last| entries[last].balance);
            let statement = Statement::of(opening, part).unwrap();

            let sum = |keep: &dyn Fn(i64) -> bool| -> i64 {
                part.iter().map(|entry| entry.amount.minor()).filter(|minor| keep(*minor)).sum()
            };
            prop_assert_eq!(statement.closing.minor(), opening.minor() + sum(&|_| true));
            prop_assert_eq!(statement.money_in.minor(), sum(&|minor| minor > 0));
            prop_assert_eq!(statement.money_out.minor(), -sum(&|minor| minor < 0));
            for direction in [Direction::In, Direction::Out] {
                let of = |total: &&Total| total.direction == direction;
                let all: i64 = statement.totals.iter().filter(of).map(|t| t.amount.minor()).sum();
                let expected = match direction {
                    Direction::In => statement.money_in,
                    Direction::Out => statement.money_out,
                };
                prop_assert_eq!(all, expected.minor());
            }
            let count: u64 = statement.totals.iter().map(|total| total.count).sum();
            prop_assert_eq!(count, part.len() as u64);
        }
    }

    #[test]
    fn entries_that_do_not_follow_are_found() {
        let entries = entries(&[(0, 100), (1, -30), (1, -20)]);
        assert!(Statement::of(Amount::ZERO, &entries).is_ok());
        let broken = |at| Err(JournalError::Broken { sequence: at });
        assert_eq!(Statement::of(Amount::from_minor(1), &entries), broken(1));
        assert_eq!(Statement::of(Amount::ZERO, [&entries[0], &entries[2]]), broken(3));
    }
}
