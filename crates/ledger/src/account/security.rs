use feiqian_calendar::Timestamp;
use feiqian_limits::AccountClass;
use serde::{Deserialize, Serialize};

use super::{Account, FrozenBy};
use crate::{
    AccountId, AgreementId, CardId, DeviceId, Document, SECURITY_EVENTS_KEPT, SECURITY_PAGE_EVENTS,
};

/// Something that changed who can use an account, or how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityEvent {
    /// The first PIN was set.
    PinSet,
    /// The PIN was changed by the current one.
    PinChanged,
    /// The PIN was reset by a card and a code.
    PinReset,
    /// The PIN was wrong too often.
    PinLocked,
    /// A device may sign from now on.
    DeviceAdded {
        /// Which.
        device: DeviceId,
    },
    /// A device may not sign any more.
    DeviceRevoked {
        /// Which.
        device: DeviceId,
    },
    /// A card was bound.
    CardBound {
        /// Which.
        card: CardId,
    },
    /// A third-party wallet may charge the account.
    WalletLinked {
        /// Its agreement.
        agreement: AgreementId,
    },
    /// A third-party wallet may not charge the account any more.
    WalletUnlinked {
        /// Its agreement.
        agreement: AgreementId,
    },
    /// The holder's limits were changed.
    LimitsChanged {
        /// Whether more is allowed than before, or goes without the PIN.
        raised: bool,
    },
    /// A card was unbound.
    CardUnbound {
        /// Which.
        card: CardId,
    },
    /// The account was frozen.
    Frozen {
        /// By whom.
        by: FrozenBy,
    },
    /// A freeze was lifted.
    Unfrozen {
        /// Whose.
        by: FrozenBy,
    },
    /// A bank verified the holder face to face.
    FaceVerified,
    /// The account was raised to another class.
    Upgraded {
        /// Which.
        class: AccountClass,
    },
    /// The holder of a dormant account verified again.
    Woken,
    /// The account was closed for good.
    Closed,
}

/// An event and when it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: SecurityEvent,
}

/// The newest part of an account's security log.
///
/// It is part of the account's document, so that an event is written in the very swap that it
/// tells of: no crash parts the two. Full pages leave the document as a journal's do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SecurityLog {
    /// Pages that have left the document.
    pages: u64,
    /// The newest events, oldest first.
    events: Vec<LoggedEvent>,
}

/// A full page of a security log: a document that is written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityPage {
    schema: u16,
    /// [`SECURITY_PAGE_EVENTS`] events, oldest first.
    pub events: Vec<LoggedEvent>,
}

impl Document for SecurityPage {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "security page";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl SecurityPage {
    /// The key of a page, counted from 0.
    #[must_use]
    pub fn key(account: &AccountId, number: u64) -> String {
        format!("security/{account}/{number:010}")
    }
}

impl SecurityLog {
    /// Whether nothing was ever logged.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.pages == 0 && self.events.is_empty()
    }

    /// How many full pages have left the document.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.pages
    }

    /// The events that are not in a page, oldest first.
    #[must_use]
    pub fn events(&self) -> &[LoggedEvent] {
        &self.events
    }

    /// The page to write out before the document is stored, with its number. Its content is the
    /// same whoever writes it.
    #[must_use]
    pub fn full_page(&self) -> Option<(u64, SecurityPage)> {
        if self.events.len() < SECURITY_PAGE_EVENTS + SECURITY_EVENTS_KEPT {
            return None;
        }
        let events = self.events.iter().take(SECURITY_PAGE_EVENTS).cloned().collect();
        Some((self.pages, SecurityPage { schema: SecurityPage::SCHEMA, events }))
    }

    /// Lets go of the page once it has been written out.
    pub fn drop_page(&mut self) {
        if self.full_page().is_some() {
            self.events.drain(..SECURITY_PAGE_EVENTS);
            self.pages += 1;
        }
    }
}

impl Account {
    /// Writes an event down. An account's own time never runs backwards.
    pub(super) fn log(&mut self, event: SecurityEvent, now: Timestamp) {
        let at = now.max(self.security.events.last().map_or(now, |last| last.at));
        self.security.events.push(LoggedEvent { at, event });
    }
}
