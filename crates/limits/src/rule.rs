use feiqian_calendar::Day;
use feiqian_money::{Amount, Money};
use serde::{Deserialize, Deserializer};

use crate::cap::Cap;
use crate::{AccountClass, Meter, Window};

/// One cap, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable name, such as `class_ii.out.day`. Callers see it in refusals.
    pub id: String,
    /// The accounts it applies to; every class if there are none.
    #[serde(default)]
    pub classes: Vec<AccountClass>,
    /// The meters that it adds up; none for a cap on the balance.
    #[serde(default)]
    pub meters: Vec<Meter>,
    /// Over what it adds up.
    pub window: Window,
    /// What it leaves alone.
    #[serde(default)]
    pub unless: Option<Unless>,
    /// The most that is allowed, included.
    #[serde(deserialize_with = "amount_of_money")]
    pub cap: Amount,
    /// Since when the source has been in force. For the reader: evaluation ignores it.
    pub since: Day,
    /// The regulation.
    pub source: String,
    /// What a reader should know, such as that sources disagree.
    #[serde(default)]
    pub note: Option<String>,
}

impl Rule {
    pub(crate) fn as_cap(&self) -> Cap<'_> {
        Cap {
            id: &self.id,
            source: &self.source,
            meters: &self.meters,
            window: self.window,
            unless: self.unless,
            most: self.cap,
        }
    }

    /// That its window and its meters go together.
    pub(crate) fn is_metered(&self) -> bool {
        let kept = match self.window {
            Window::Balance => return self.meters.is_empty(),
            Window::Payment => true,
            window => self.meters.iter().all(|meter| meter.windows().contains(&window)),
        };
        let direction = self.as_cap().direction();
        let one_way = self.meters.iter().all(|meter| meter.direction() == direction);
        kept && one_way && !self.meters.is_empty()
    }

    /// Whether it applies to accounts of a class.
    #[must_use]
    pub fn is_for(&self, class: AccountClass) -> bool {
        self.classes.is_empty() || self.classes.contains(&class)
    }
}

/// What a rule leaves alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unless {
    /// What is verified by two factors, one of them a certificate or a signature.
    Signed,
    /// What its holder has confirmed after an alert.
    Confirmed,
}

/// A class of accounts that a region opens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassRule {
    /// The class.
    pub class: AccountClass,
    /// What it takes to open one remotely.
    pub opening: OpenedBy,
    /// The class that such an account can be raised to.
    #[serde(default)]
    pub upgrade: Option<AccountClass>,
    /// The regulation.
    pub source: String,
}

/// What it takes to open an account remotely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenedBy {
    /// Name, resident ID, mobile, bound account, and that this is a class I account or a
    /// credit card.
    FiveElements,
    /// The first four of these.
    FourElements,
    /// So many checks of the holder's identity by different institutions; the bank of a
    /// bound card that confirms the four elements is one.
    ExternalChecks(u32),
}

/// How many accounts one person may hold, with where that comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// Stable name, such as `class_ii.accounts`.
    pub id: String,
    /// The classes that are counted together.
    pub classes: Vec<AccountClass>,
    /// Most accounts of these classes per person, included.
    pub most: u32,
    /// Since when the source has been in force. For the reader.
    pub since: Day,
    /// The regulation.
    pub source: String,
}

/// Caps are written like amounts on the wire, so that a reader sees yuan.
fn amount_of_money<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    Money::deserialize(deserializer).map(|money| money.amount)
}
