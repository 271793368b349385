//! Reports of abnormal transactions.
//!
//! | the process dies | then |
//! |---|---|
//! | before the account's swap | nothing is reported; the worker drops the mark, see below |
//! | after the swap | the case is open and the account frozen; the worker tells bank and partner |
//! | after the bank was told | the worker tells it again under the same request id |
//! | after the partner's log | the case is found there, or on a later day a second time |
//! | after the case is noted as told | the worker drops the mark |
//!
//! Whenever the account has been read to be changed, a mark of its own is set, in place of the one
//! before. The worker drops a mark without a case only after a swap that changes the account:
//! whoever slept before its own swap then reads the account anew, and sets a mark that the worker,
//! who may be about to drop the former, does not know.

use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_ledger::account::{Case, CaseClosing, CaseOutcome, OpenCase, ReportReason};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, AccountId, CASE_LOG_PAGES_MAX, CaseId, CaseLine, CaseLog, CustomerId, Document,
    Fingerprint, OperationId, PartnerId, Refusal,
};
use feiqian_store::{Pending, Store};

use crate::accounts::{change_account, check_fingerprint, check_owner, load_account};
use crate::bank::Bank as _;
use crate::documents::{Decision, load, load_many};
use crate::events::{Errand, announce};
use crate::marks::{Mark, RESUME_AFTER_MS, replace_mark};
use crate::pages::add_line;
use crate::{FlowError, Made, Platform, Subject, find_operation};

/// A holder's report of an operation.
#[derive(Debug, Clone)]
pub struct ReportRequest {
    /// Who reports.
    pub customer: CustomerId,
    /// Through whom.
    pub partner: PartnerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// What is reported.
    pub operation: OperationId,
    /// What is wrong with it.
    pub reason: ReportReason,
    /// In the holder's words, 1 to 64 characters.
    pub description: String,
    /// Whether to freeze the account as well, in the same swap.
    pub freeze: bool,
}

/// Opens a case for an operation. What follows is [`settle_report`] with the mark given back,
/// if there is one.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's or an operation that it
/// does not know; [`Refusal::OperationReported`] if another request reported the operation,
/// [`Refusal::CasesFull`], or [`Refusal::AccountNotActive`] if an account that is not in use
/// was to be frozen.
pub async fn report_operation<P: Platform>(
    platform: &P,
    request: ReportRequest,
) -> Result<(Made<Case>, Option<Pending>), FlowError> {
    let ReportRequest { customer, account: id, operation, .. } = &request;
    let reported = find_operation(platform, customer, id, operation).await?;
    let case = CaseId::derive(id.region(), &[id.as_str(), operation.as_str()]);
    let open = OpenCase {
        id: case.clone(),
        partner: request.partner.clone(),
        operation: operation.clone(),
        amount: reported.amount,
        reason: request.reason,
        description: request.description.clone(),
        freeze: request.freeze,
        key: Fingerprint::of(&[&request.key]),
        fingerprint: Fingerprint::of(&[
            operation.as_str(),
            request.reason.as_str(),
            &request.description,
            if request.freeze { "freeze" } else { "" },
        ]),
        now: platform.now(),
    };
    let mut marked = None;
    let made = change_account(platform, id, async |account: &mut Account| {
        check_owner(account, customer)?;
        if let Some(known) = account.case(&open.id) {
            return Ok(Decision::Keep(again(known.clone(), &open)?));
        }
        if account.cases().iter().any(|case| case.key == open.key) {
            return Err(FlowError::KeyReused);
        }
        // After the account, which lets go of a case only when it has been written.
        let archived: Option<Case> = load(platform, &Case::key(&open.id)).await?;
        if let Some(known) = archived {
            return Ok(Decision::Keep(again(known, &open)?));
        }
        if !mutant(Mutant::ReportUnmarked) {
            let mark = attempt_mark(platform, &open.id, id, open.now);
            match marked.replace(mark.clone()) {
                Some(before) => replace_mark(platform, &before, &mark).await?,
                None => platform.store().pending_add(&mark).await?,
            }
        }
        if let Some(over) = account.case_to_archive() {
            if !mutant(Mutant::CaseNotArchived) {
                platform.store().put(&Case::key(&over.id), &over.encode()?).await?;
            }
            account.drop_archived_case();
        }
        let document = account.open_case(open.clone())?;
        Ok(Decision::Write(Made { document, replayed: false }))
    })
    .await?;
    let untold = made.document.told_at.is_none();
    let mark = || marked.unwrap_or_else(|| attempt_mark(platform, &open.id, id, open.now));
    Ok((made, untold.then(mark)))
}

/// A mark that no other attempt to open the case has set, or will.
fn attempt_mark<P: Platform>(
    platform: &P,
    case: &CaseId,
    account: &AccountId,
    now: Timestamp,
) -> Pending {
    let mut attempt = [0; 8];
    platform.fill_random(&mut attempt);
    let attempt = u64::from_le_bytes(attempt);
    let mark = Mark::Report { account: account.clone(), case: case.clone(), attempt };
    mark.pending(now.plus_millis(RESUME_AFTER_MS), 0)
}

/// The answer to a report of an operation that has a case.
fn again(known: Case, open: &OpenCase) -> Result<Made<Case>, FlowError> {
    if known.key != open.key {
        return Err(Refusal::OperationReported.into());
    }
    check_fingerprint(&known.fingerprint, &open.fingerprint)?;
    Ok(Made { document: known, replayed: true })
}

/// Tells the bank and the partner of a case, and drops its mark.
///
/// # Errors
/// [`FlowError::BankUnavailable`] while the bank has not taken the report, or that the store
/// did not answer. The mark stays.
pub async fn settle_report<P: Platform>(
    platform: &P,
    calendar: Calendar,
    pending: &Pending,
) -> Result<(), FlowError> {
    let Some((Mark::Report { account: id, case, .. }, _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no mark of a report", pending.name)));
    };
    let account: Account =
        load(platform, &Account::key(&id)).await?.ok_or(FlowError::DocumentMissing)?;
    let is_told = match account.case(&case) {
        Some(open) if open.told_at.is_none() => {
            tell(platform, calendar, open).await?;
            true
        }
        Some(_) => true,
        None => is_archived(platform, &case).await?,
    };
    if is_told {
        announce(platform, &Errand::CaseOpened { account: id, case }).await?;
    } else {
        give_up(platform, &id, &case).await?;
    }
    Ok(platform.store().pending_done(pending).await?)
}

async fn tell<P: Platform>(platform: &P, calendar: Calendar, case: &Case) -> Result<(), FlowError> {
    let report = BankRequest::ReportAbnormal {
        request_id: case.id.to_string(),
        operation: case.operation.to_string(),
        amount: case.amount.into(),
        reason: case.reason.as_str().to_owned(),
    };
    match platform.bank().request(report).await {
        BankReply::ReportTaken => {}
        _ => return Err(FlowError::BankUnavailable),
    }
    if !mutant(Mutant::CaseToldUnlogged) {
        let (line, day) = (CaseLine::from(case), calendar.day(platform.now()));
        let pages = (0..CASE_LOG_PAGES_MAX).map(|number| CaseLog::key(&case.partner, day, number));
        let new = CaseLog::new(line.clone());
        add_line(platform, pages, &new, |log| log.add(line.clone())).await?;
    }
    change_account(platform, &case.account, async |account: &mut Account| {
        let news = account.mark_case_told(&case.id, platform.now());
        Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}

/// Whether a case has left its account, which it does when it has been told and is over.
async fn is_archived<P: Platform>(platform: &P, case: &CaseId) -> Result<bool, FlowError> {
    Ok(platform.store().read(&Case::key(case)).await?.is_some())
}

/// Makes sure that no case comes of a mark that is about to be dropped.
async fn give_up<P: Platform>(
    platform: &P,
    id: &AccountId,
    case: &CaseId,
) -> Result<(), FlowError> {
    change_account(platform, id, async |account: &mut Account| {
        if account.case(case).is_some() {
            // It was opened meanwhile: its mark is this one, and is taken up again.
            return Err(FlowError::Contended);
        }
        account.give_up_report();
        Ok(Decision::Write(()))
    })
    .await
}

/// The cases in an account's document: all that are open, and the newest of the others.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's.
pub async fn list_cases<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    id: &AccountId,
) -> Result<Vec<Case>, FlowError> {
    Ok(load_account(platform, customer, id).await?.cases().to_vec())
}

/// What a partner was told on a day, in one round trip.
///
/// # Errors
/// That the store did not answer.
pub async fn read_case_log<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    day: Day,
) -> Result<Vec<CaseLine>, FlowError> {
    let keys: Vec<String> =
        (0..CASE_LOG_PAGES_MAX).map(|number| CaseLog::key(partner, day, number)).collect();
    let pages = load_many::<P, CaseLog>(platform, &keys).await?;
    Ok(pages.into_iter().flatten().flat_map(|page| page.lines().to_vec()).collect())
}

/// A case of any account, for an operator.
///
/// # Errors
/// [`FlowError::NotFound`].
pub async fn load_case<P: Platform>(
    platform: &P,
    id: &AccountId,
    case: &CaseId,
) -> Result<Case, FlowError> {
    let account: Option<Account> = load(platform, &Account::key(id)).await?;
    let account = account.ok_or(FlowError::NotFound(Subject::Account))?;
    if let Some(found) = account.case(case) {
        return Ok(found.clone());
    }
    let archived: Option<Case> = load(platform, &Case::key(case)).await?;
    archived.filter(|case| case.account == *id).ok_or(FlowError::NotFound(Subject::Case))
}

/// Closes a case, for an operator.
///
/// # Errors
/// [`FlowError::NotFound`], or [`Refusal::CaseClosed`] if it was closed in another way.
pub async fn close_case<P: Platform>(
    platform: &P,
    id: &AccountId,
    case: &CaseId,
    outcome: CaseOutcome,
    remark: &str,
) -> Result<Case, FlowError> {
    let closing = CaseClosing { outcome, remark: remark.to_owned(), at: platform.now() };
    let known = load_case(platform, id, case).await?;
    let errand = Errand::CaseClosed { account: id.clone(), case: case.clone() };
    let closed = change_account(platform, id, async |account: &mut Account| {
        let closed = account.close_case(case, closing.clone())?;
        if closed.is_some() {
            // Before the swap: whoever dies after it is told of all the same.
            announce(platform, &errand).await?;
        }
        Ok(Decision::Write(closed))
    })
    .await?;
    match (closed, &known.closing) {
        (Some(closed), _) => Ok(closed),
        // It has left the account: it was over before.
        (None, Some(was)) if was.outcome == outcome && was.remark == remark => Ok(known),
        (None, _) => Err(Refusal::CaseClosed.into()),
    }
}
