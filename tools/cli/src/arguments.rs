use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What operators do, from a terminal.
///
/// Every action is written down under your name before it is done. Exit codes: 0 done, 1 refused
/// and nothing done, 2 wrong command line, 3 not answered or the service failed (it may be asked
/// again), 4 the books or a log are not as they must be.
#[derive(Debug, Parser)]
#[command(name = "feiqian", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Prints the application's answer as JSON instead of tables.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which region, and as whom.
#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// The region's URL.
    #[arg(long, global = true, env = "FEIQIAN_URL", default_value = "http://127.0.0.1:3000")]
    pub(crate) url: String,
    /// Your token. Better in the environment than on the command line, which others can see.
    #[arg(long, global = true, env = "FEIQIAN_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// The language of problems: en or zh-CN.
    #[arg(long, global = true, env = "FEIQIAN_LANGUAGE")]
    pub(crate) language: Option<String>,
    /// Names the request in the logs; the application makes a name unless you do.
    #[arg(long, global = true)]
    pub(crate) request_id: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows an order, an account or an operation with all that is under way.
    Search {
        #[command(subcommand)]
        what: Search,
    },
    /// Freezes an account.
    Freeze {
        /// The account.
        account: String,
        /// Why: it is in the account, and in your log.
        #[arg(long)]
        reason: String,
        /// For whom.
        #[arg(long, value_enum, default_value = "operator")]
        by: FreezeFor,
    },
    /// Lifts a freeze.
    Unfreeze {
        /// The account.
        account: String,
        /// Whose freeze.
        #[arg(long, value_enum)]
        by: Whose,
        /// Why: it is in your log.
        #[arg(long)]
        reason: String,
    },
    /// Cases of reported operations.
    Cases {
        #[command(subcommand)]
        what: Cases,
    },
    /// Adjusts an account: one operator proposes, another decides.
    Adjust {
        #[command(subcommand)]
        what: Adjust,
    },
    /// Lists what is pending, the longest due first.
    Pending {
        /// How many at the most, up to 100.
        #[arg(long)]
        limit: Option<u32>,
    },
    /// Asks the bank at once about something pending.
    Query {
        /// Its subject, as `pending` and `search` show it: an operation, a refund, a visit, ...
        subject: String,
    },
    /// Shows what an operator did, and checks the hash chain.
    Log(Log),
    /// Follows a request id through log files and names what it was about.
    Logs {
        /// The request's id.
        request_id: String,
        /// Files with the application's log lines; the standard input without any.
        files: Vec<PathBuf>,
    },
    /// Audits the books to the end.
    Audit {
        /// Documents in one batch, up to 500.
        #[arg(long)]
        batch: Option<u32>,
    },
    /// Sets what a merchant is to medical insurance.
    Institution(Institution),
    /// Registers partner platforms and their keys.
    Partner {
        #[command(subcommand)]
        what: Partner,
    },
    /// Says how merchants are paid out, and settles their days.
    Settlement {
        #[command(subcommand)]
        what: Settlement,
    },
    /// Holds the books of a day against each other: those of visits, or the bank's and ours.
    Reconcile {
        /// The day, such as 2026-11-23.
        day: String,
        /// The bank's statement against ours.
        #[arg(long)]
        bank: bool,
    },
    /// Shows what the bank or a partner has told of that asked for nothing.
    Events {
        /// bank, or a partner's id.
        source: String,
        /// The day; today unless named.
        #[arg(long)]
        day: Option<String>,
    },
    /// Seals all accounts anew with the active key, to the end.
    Reseal,
    /// Runs the worker once, or a look for deposits, or deliveries of events.
    Run {
        /// What.
        #[arg(value_enum)]
        what: Run,
    },
    /// Says how the region is.
    Health,
    /// Sends any request, for routes that have no command here.
    Call {
        /// GET, POST or PUT.
        method: http::Method,
        /// The path with its query.
        path: String,
        /// The JSON body.
        #[arg(long)]
        body: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Search {
    /// An order with its payment and refunds.
    Order {
        /// Its id.
        id: String,
    },
    /// An account: holder masked, status, limits, newest entries.
    Account {
        /// Its id.
        id: String,
    },
    /// An operation, and how far it has come.
    Operation {
        /// Its id.
        id: String,
        /// The account that it may be in: a recent payment is found there alone.
        #[arg(long)]
        account: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cases {
    /// Lists the reports of a partner's customers on a day.
    List {
        /// The partner.
        partner: String,
        /// The day; today unless named.
        #[arg(long)]
        day: Option<String>,
    },
    /// Shows a case.
    Show {
        /// The account.
        account: String,
        /// The case.
        case: String,
    },
    /// Closes a case.
    Close {
        /// The account.
        account: String,
        /// The case.
        case: String,
        /// What was found.
        #[arg(long, value_enum)]
        outcome: Outcome,
        /// Why: the holder sees it, and it is in your log.
        #[arg(long)]
        remark: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Adjust {
    /// Proposes; no money moves until another operator approves.
    Propose {
        /// The account.
        account: String,
        /// Which way the money goes, seen from the account.
        #[arg(value_enum)]
        direction: AdjustmentWay,
        /// How much, such as 12.34.
        amount: String,
        /// Why: for operators, and in your log.
        #[arg(long)]
        reason: String,
        /// What it refers to, such as a case: the holder sees it.
        #[arg(long)]
        reference: String,
        /// Names the proposal: asked again with the same key, it is the same one.
        #[arg(long)]
        key: String,
    },
    /// Shows an adjustment.
    Show {
        /// Its id, as the proposal was answered.
        id: String,
    },
    /// Approves what another operator has proposed: the money moves.
    Approve {
        /// Its id.
        id: String,
        /// Why: it is in your log.
        #[arg(long)]
        reason: String,
    },
    /// Rejects what another operator has proposed.
    Reject {
        /// Its id.
        id: String,
        /// Why: it is in your log.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Log {
    /// The operator's name.
    pub(crate) operator: String,
    /// Entries of this day alone.
    #[arg(long)]
    pub(crate) day: Option<String>,
    /// Entries at the most; all of them with 0.
    #[arg(long, default_value_t = 200)]
    pub(crate) limit: usize,
    /// Log files: the hashes that they have must be those of the chain, which proves that it
    /// was not written anew since.
    #[arg(long)]
    pub(crate) against: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Partner {
    /// Shows a partner and its keys.
    Show {
        /// Its id, such as par_shop.
        partner: String,
    },
    /// Registers a partner, or renames it.
    Register {
        /// The id that you choose for it, such as par_shop.
        partner: String,
        /// What people call it.
        #[arg(long)]
        name: String,
    },
    /// Registers a key with which a partner signs.
    AddKey(AddKey),
    /// Ends a key: at once, or when you say.
    EndKey {
        /// The partner.
        partner: String,
        /// The key's name.
        name: String,
        /// When, such as 2026-12-01T00:00:00+08:00.
        #[arg(long)]
        at: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddKey {
    /// The partner.
    pub(crate) partner: String,
    /// The name that you choose for the key, such as 2026-11.
    pub(crate) name: String,
    /// An Ed25519 public key: its 32 bytes in base64.
    #[arg(long, conflicts_with = "secret_file")]
    pub(crate) ed25519: Option<String>,
    /// A file with a shared secret: base64 of at least 32 bytes.
    #[arg(long)]
    pub(crate) secret_file: Option<PathBuf>,
    /// What it may be used for, such as sessions,orders,refunds.
    #[arg(long, value_delimiter = ',', required = true)]
    pub(crate) scopes: Vec<String>,
    /// Requests in each ten seconds, up to 10000.
    #[arg(long)]
    pub(crate) quota: Option<u32>,
    /// From when it is good; from now on unless given.
    #[arg(long)]
    pub(crate) not_before: Option<String>,
    /// Until when it is good.
    #[arg(long)]
    pub(crate) not_after: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Settlement {
    /// Shows how a merchant is paid out, and how far that has come.
    Show {
        /// The merchant.
        merchant: String,
    },
    /// Says how a merchant is paid out.
    Set {
        /// The merchant.
        merchant: String,
        /// The part of each payment that is kept, 0 to 0.05.
        #[arg(long)]
        fee_rate: String,
        /// The bank: a CNAPS code of 12 digits.
        #[arg(long)]
        bank_code: String,
        /// Whose account it is.
        #[arg(long)]
        account_name: String,
        /// A file with the account's number, which should be in no shell's history.
        #[arg(long)]
        account_file: PathBuf,
    },
    /// Settles the oldest day that is over.
    Run {
        /// The merchant.
        merchant: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Institution {
    /// The merchant.
    pub(crate) merchant: String,
    /// Its number with medical insurance.
    #[arg(long)]
    pub(crate) number: String,
    /// Its region, six digits (GB/T 2260).
    #[arg(long)]
    pub(crate) region: String,
    /// It is designated.
    #[arg(long)]
    pub(crate) designated: bool,
    /// It takes payments of insurance.
    #[arg(long)]
    pub(crate) insurance_payment: bool,
    /// What it accepts as a proof: 01 credential, 02 resident ID, 03 social-security card.
    #[arg(long, value_delimiter = ',')]
    pub(crate) accepts: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AdjustmentWay {
    Credit,
    Debit,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FreezeFor {
    Operator,
    Risk,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Whose {
    Holder,
    Operator,
    Risk,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Outcome {
    Confirmed,
    Unfounded,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Run {
    Worker,
    Deposits,
    Deliveries,
}

/// The name of a choice, on the command line and in a request alike.
pub(crate) fn name_of(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent_and_hides_the_token() {
        Arguments::command().debug_assert();
        let help = Arguments::command().render_long_help().to_string();
        assert!(help.contains("Exit codes") && help.contains("FEIQIAN_TOKEN"), "{help}");
    }
}
