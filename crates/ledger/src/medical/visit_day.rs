use feiqian_calendar::{Day, Timestamp};
use feiqian_insurer_api::StatementKind;
use serde::{Deserialize, Serialize};

use super::Split;
use crate::{Document, VISIT_DAY_LINES_MAX, VisitId};

/// A page of what the insurer settled and gave back on a day, as it told us: what a statement
/// of that day is held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitDay {
    schema: u16,
    lines: Vec<VisitMovement>,
}

/// One movement of the insurer's money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitMovement {
    /// The insurer's request id.
    pub request_id: String,
    /// The visit.
    pub visit: VisitId,
    /// Which way.
    pub kind: StatementKind,
    /// How much, and who paid it.
    pub split: Split,
    /// When, as the insurer said.
    pub at: Timestamp,
}

impl Document for VisitDay {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "day of visits";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl VisitDay {
    /// The key of page `number` of a day. A visit's movements are all in pages of its own slot.
    #[must_use]
    pub fn key(day: Day, slot: u8, number: u16) -> String {
        format!("visit_day/{day}/{slot}/{number}")
    }

    /// A page with its first line.
    #[must_use]
    pub fn new(line: VisitMovement) -> Self {
        Self { schema: Self::SCHEMA, lines: vec![line] }
    }

    /// The lines, in the order in which they came.
    #[must_use]
    pub fn lines(&self) -> &[VisitMovement] {
        &self.lines
    }

    /// Adds a line, unless its request is there. False, and nothing changed, if the page is full.
    pub fn add(&mut self, line: VisitMovement) -> bool {
        if self.lines.iter().any(|known| known.request_id == line.request_id) {
            return true;
        }
        let room = self.lines.len() < VISIT_DAY_LINES_MAX;
        if room {
            self.lines.push(line);
        }
        room
    }
}
