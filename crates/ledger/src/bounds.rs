//! The bounds of the ledger's documents, each with its reason.

use feiqian_money::Amount;

#[cfg(all(feature = "small-bounds", target_family = "wasm"))]
compile_error!("small bounds are for the simulator alone");

/// A bound, or the small one that the simulator uses in its place: so that every bound is
/// met within a short run, as it would be within years.
const fn bound(full: usize, small: usize) -> usize {
    if cfg!(feature = "small-bounds") { small } else { full }
}

/// Entries in one page of a journal. Each change of an account reads and writes all that its
/// document holds, so few entries wait there for their page; a page stays below 3 KB.
pub const PAGE_ENTRIES: usize = bound(8, 4);

/// Entries that stay in the account document when a page leaves it, so that the
/// newest history is always there without another read.
pub const ENTRIES_KEPT: usize = bound(4, 2);

/// Operations of one account that may be in flight at once. A person does not start
/// more; a broken client that does is told so and not queued.
pub const IN_FLIGHT_MAX: usize = bound(16, 4);

/// Outcomes kept in the account document, for requests that come twice within minutes. Older
/// ones are archived under their own key.
pub const OUTCOMES_MAX: usize = bound(8, 6);

/// Outcomes archived at once when [`OUTCOMES_MAX`] is reached.
pub const OUTCOMES_ARCHIVED_AT_ONCE: usize = bound(4, 3);

/// Tries to write an operation down after which it is given up, if each found that another had
/// begun to and had not done so. A double click and its retry are fewer.
pub const UNWRITTEN_TRIES_MAX: u64 = if cfg!(feature = "small-bounds") { 2 } else { 4 };

/// Looks for what a maker is writing down before it is given up: makers that are alive need one
/// commit, which others may share; the pauses between so many looks are longer together. With
/// small bounds nobody waits, so that more is given up while its maker lives.
pub const MAKER_LOOKS_MAX: usize = if cfg!(feature = "small-bounds") { 0 } else { 8 };

/// Cards that one account may have bound.
pub const CARDS_MAX: usize = 10;

/// Cards that were bound which an account remembers, for money that has to go back to one.
pub const FORMER_CARDS_MAX: usize = bound(10, 2);

/// Bindings that may wait for their code at once.
pub const BINDINGS_MAX: usize = 3;

/// Tries for one code (RULES section 3).
pub const CODE_TRIES_MAX: usize = 5;

/// How long a code can be used, milliseconds (RULES section 3: 5 minutes).
pub const CODE_LIFETIME_MS: u64 = 5 * 60 * 1000;

/// Time between two codes of one account, milliseconds (RULES section 3: one per 60 s).
pub const CODE_INTERVAL_MS: u64 = 60 * 1000;

/// Wrong PINs in a row that lock it (RULES section 3).
pub const PIN_FAILURES_MAX: u8 = 3;

/// How long a locked PIN stays locked, milliseconds (RULES section 3: 3 hours).
pub const PIN_LOCK_MS: u64 = 3 * 60 * 60 * 1000;

/// Ids that an internal account remembers as applied before it looks for some that
/// are acknowledged and can be forgotten: more than are under way at once in one shard.
pub const APPLIED_MAX: usize = bound(32, 2);

/// Ids looked up at once when [`APPLIED_MAX`] is reached.
pub const APPLIED_CHECKED_AT_ONCE: usize = bound(16, 2);

/// Credits that an account remembers as taken or refused before it looks for some that are
/// acknowledged and can be forgotten: a person is not sent more at once.
pub const RECEIVED_MAX: usize = bound(16, 1);

/// Credits looked up at once when [`RECEIVED_MAX`] is reached.
pub const RECEIVED_CHECKED_AT_ONCE: usize = bound(8, 1);

/// Refunds of one order, refused ones included, since a refusal is kept: an order of that
/// many stays below 16 KB.
pub const REFUNDS_MAX: usize = bound(32, 4);

/// Cases in one account's document. A person reports few things before an operator has
/// looked at the first; each takes about half a KB.
pub const CASES_MAX: usize = bound(8, 2);

/// Reports in one page of what a partner is told on a day: a page stays below 20 KB.
pub const CASE_LOG_LINES_MAX: usize = bound(64, 2);

/// Pages of a partner's day: a thousand reports, which one read answers whole.
pub const CASE_LOG_PAGES_MAX: u8 = 16;

/// The most that one adjustment moves: 50,000.00. More than that is looked at by more people than
/// two operators.
pub const ADJUSTMENT_MAX: Amount = Amount::from_minor(5_000_000);

/// How long an adjustment waits for another operator, milliseconds: a week, over which somebody is
/// back at work, and after which nobody remembers why it was proposed.
pub const ADJUSTMENT_LIFETIME_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// Shards of each internal account: with 8, a busy merchant's credits meet each other
/// rarely enough that swaps seldom conflict, and its balance is still few reads.
pub const SHARDS: u8 = if cfg!(feature = "small-bounds") { 2 } else { 8 };

/// Entries of a merchant's day that are added up in one step: a read of a few hundred KB, and
/// what is lost if a run dies.
pub const COUNTED_AT_ONCE: usize = bound(1_024, 3);

/// Pages of a merchant's shard that are looked at for an entry which is no settlement's own: a
/// day leaves two of those in all shards together, so one look passes over half a year of them.
pub const SETTLED_PAGES_SKIPPED_MAX: usize = bound(16, 1);

/// Fee rates of a merchant whose days are not all settled: a rate changes once a day at the
/// most, and somebody has noticed when a month of days waits.
pub const RATES_MAX: usize = 32;

/// The shortest time an order stays open, seconds: a code at a till may live that short.
pub const ORDER_LIFETIME_MIN_S: u64 = 1;

/// The time an order stays open unless told otherwise, seconds: 15 minutes.
pub const ORDER_LIFETIME_DEFAULT_S: u64 = 15 * 60;

/// The longest time an order stays open, seconds: one day.
pub const ORDER_LIFETIME_MAX_S: u64 = 24 * 60 * 60;

/// How long a payer code can be used, milliseconds (RULES section 2: 60 s).
pub const PAYER_CODE_LIFETIME_MS: u64 = 60 * 1000;

/// How long a charge waits for its payer to confirm it, seconds: as long as people stand at
/// a till.
pub const CHARGE_LIFETIME_S: u64 = 5 * 60;

/// How long a code that was drawn for one order counts as dynamic, milliseconds: 5 minutes,
/// after which a payer has a saved copy and not what the merchant shows.
pub const DYNAMIC_CODE_LIFETIME_MS: u64 = 5 * 60 * 1000;

/// Agreements with wallets that an account keeps: a person has few wallets, and an ended
/// agreement makes room.
pub const WALLETS_MAX: usize = 8;

/// Bills that one subscriber of a biller may have at once: two years of monthly ones, each
/// looked up in one answer.
pub const BILLS_MAX: usize = bound(24, 3);

/// Characters in a name, a description, a reference or a category.
pub const TEXT_CHARS_MAX: usize = 64;

/// How long after its opening an account without any transaction falls dormant, milliseconds
/// (RULES section 1: six months, here 184 days, the longest that six months can be: never too
/// early).
pub const DORMANT_AFTER_MS: u64 = 184 * 24 * 60 * 60 * 1000;

/// Devices of one account that may sign: a phone, a tablet, a watch and their successors.
pub const DEVICES_MAX: usize = bound(5, 2);

/// Devices that an account keeps, revoked ones included, so that a revoked key is not
/// registered again.
pub const DEVICES_KEPT: usize = bound(10, 3);

/// How long the signature of a new device does not count yet, milliseconds (policy: 24 hours,
/// a night and a day in which its holder can notice a device that is not theirs).
pub const DEVICE_COOL_OFF_MS: u64 = 24 * 60 * 60 * 1000;

/// Events in one page of a security log: at most 2 KB.
pub const SECURITY_PAGE_EVENTS: usize = bound(16, 2);

/// Events that stay in the account document when a page leaves it.
pub const SECURITY_EVENTS_KEPT: usize = bound(4, 1);

/// How long a face-to-face verification that was asked for waits for its holder, milliseconds:
/// a week, in which one finds the time to go to a bank.
pub const FACE_LIFETIME_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// How long a medical code can be used, milliseconds: as long as a payer code.
pub const MEDICAL_CODE_LIFETIME_MS: u64 = PAYER_CODE_LIFETIME_MS;

/// Relatives of one binder (RULES section 4).
pub const RELATIVES_MAX: usize = 6;

/// Binders of one relative (RULES section 4).
pub const BINDERS_MAX: usize = 2;

/// Ended bindings that a person's document remembers, so that a late copy of a request does
/// not bind again: more than people end within a request's life.
pub const BINDINGS_ENDED_KEPT: usize = 16;

/// Allowances that one account grants: one for each relative.
pub const ALLOWANCES_MAX: usize = RELATIVES_MAX;

/// How long a visit can be confirmed, milliseconds: as long as people stay at a counter.
pub const VISIT_LIFETIME_MS: u64 = 30 * 60 * 1000;

/// How long the cash of a confirmed visit can be paid, seconds; then the insurer gets its part
/// back.
pub const VISIT_CASH_LIFETIME_S: u64 = 30 * 60;

/// Fee lines of one visit: a long prescription; a visit stays below 16 KB.
pub const VISIT_LINES_MAX: usize = 50;

/// Refunds of one visit, refused ones included.
pub const VISIT_REFUNDS_MAX: usize = bound(32, 4);

/// Movements in one page of a day of visits: a page stays below 20 KB.
pub const VISIT_DAY_LINES_MAX: usize = bound(64, 2);

/// Pages of each of a day's slots.
pub const VISIT_DAY_PAGES_MAX: u16 = 64;

/// Events of another system that are listed of one day: what an operator can look through; a
/// day stays below 40 KB.
pub const INBOUND_EVENTS_MAX: usize = bound(200, 3);

/// Keys of one partner, those that have ended included: two for each of a few systems, while
/// all of them rotate.
pub const PARTNER_KEYS_MAX: usize = 16;

/// In what time a key's quota of requests is counted, milliseconds (RULES section 6: `w=10`).
pub const RATE_WINDOW_MS: u64 = 10 * 1000;

/// The highest quota of a key, requests in [`RATE_WINDOW_MS`]: 1,000 a second, from 50 shards.
pub const QUOTA_MAX: u32 = 10_000;

/// Requests in [`RATE_WINDOW_MS`] that one shard of a key's nonces takes: 20 swaps a second of
/// one document seldom meet, and the nonces of three minutes stay below 45 KB.
pub const SHARD_REQUESTS_MAX: u32 = 200;

/// Minutes whose nonces are remembered. Signatures are good from one minute before they are
/// made to two after, so at one time they are from four minutes; one more lets clocks differ.
pub const ACCESS_MINUTES_MAX: usize = 5;

/// Nonces that one shard remembers: all of [`SHARD_REQUESTS_MAX`] in three minutes, a window's
/// burst, and room.
pub const ACCESS_NONCES_MAX: usize = 4096;
/// Entries in one page of an operator's log: a page stays below 32 KB.
pub const OPERATOR_LOG_PAGE_ENTRIES: usize = bound(32, 4);

/// Entries that stay in the log's document when a page leaves it.
pub const OPERATOR_LOG_KEPT: usize = bound(8, 2);

/// Books of one operator's log. A second one is begun only if the process that was to make the
/// first one's document died in that moment, once in an operator's life.
pub const OPERATOR_LOG_BOOKS_MAX: u8 = 4;

/// Ids that one entry of an operator's log names: no route has more.
pub const OPERATOR_LOG_SUBJECTS_MAX: usize = 4;
/// Lines of one page of a partner's day of events: a page stays below 10 KB.
pub const EVENT_PAGE_LINES: usize = bound(64, 3);

/// Logs of a partner's day, of which the first serves unless its maker died.
pub const EVENT_LOG_SLOTS: u8 = 4;

/// Endpoints of one partner: each system of its own, and a test.
pub const ENDPOINTS_MAX: u8 = if cfg!(feature = "small-bounds") { 2 } else { 8 };

/// Attempts that are kept of an event at an endpoint: a whole schedule and most of another.
pub const DELIVERY_ATTEMPTS_KEPT: usize = bound(16, 3);

/// Documents of the attempts of an event at an endpoint, of which the first serves unless its
/// maker died.
pub const DELIVERY_ATTEMPT_SLOTS: u8 = 4;

/// How long an endpoint's former secret signs beside the new one, milliseconds (policy: a day, in
/// which a partner can roll a change out).
pub const SECRET_OVERLAP_MS: u64 = 24 * 60 * 60 * 1000;

/// How long every attempt at an endpoint must fail for it to be disabled, milliseconds (policy: five
/// days, more than a long weekend).
pub const ENDPOINT_FAILING_MAX_MS: u64 = 5 * 24 * 60 * 60 * 1000;

/// A time without any attempt after which failures before it count no more, milliseconds: longer
/// than the longest wait of the schedule, so that two events in two months are no row.
pub const ENDPOINT_QUIET_MS: u64 = 2 * 24 * 60 * 60 * 1000;

/// The longest URL of an endpoint, characters.
pub const ENDPOINT_URL_CHARS_MAX: usize = 512;
