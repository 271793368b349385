use serde_json::Value;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The application answered with a problem.
    #[error("the application answers {status}")]
    Problem {
        /// The HTTP status.
        status: u16,
        /// The problem document; of another body, the text of it.
        document: Value,
        /// The request's id, from the header.
        request_id: String,
    },
    /// No answer came: whether anything was done is not known.
    #[error("{what}: {cause}")]
    Unanswered {
        /// The request.
        what: String,
        /// Why.
        cause: String,
    },
    /// The command cannot be sent as it is.
    #[error("{0}")]
    Usage(String),
    /// The answer says that something is wrong with the books or with a log.
    #[error("{0}")]
    Finding(String),
}

impl Error {
    /// 1: refused, nothing was done. 2: the command line is wrong. 3: not answered, or the
    /// service failed; it may be asked again. 4: what was looked at is not as it must be.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Problem { status, .. } if *status < 500 => 1,
            Self::Usage(_) => 2,
            Self::Problem { .. } | Self::Unanswered { .. } => 3,
            Self::Finding(_) => 4,
        })
    }

    /// What the terminal says of it.
    pub(crate) fn told(&self) -> String {
        let Self::Problem { status, document, request_id } = self else {
            return format!("feiqian: {self}\n");
        };
        let member = |name: &str| document[name].as_str().unwrap_or_default();
        let title =
            if member("title").is_empty() { "no problem document" } else { member("title") };
        let mut text = format!("feiqian: {title} ({status} {})\n", member("code"));
        for (label, name) in [("", "detail"), ("", "reason"), ("next step: ", "next_step")] {
            if !member(name).is_empty() {
                let _ = writeln!(text, "  {label}{}", member(name));
            }
        }
        for name in ["scope", "parameter", "field"] {
            if !member(name).is_empty() {
                let _ = writeln!(text, "  {name}: {}", member(name));
            }
        }
        let _ = writeln!(text, "  request id: {request_id}");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_is_told_with_its_next_step_and_its_request_id() {
        let document = json!({
            "title": "The scope for this is missing", "code": "scope_missing",
            "next_step": "Ask for the scope.", "scope": "admin",
        });
        let error = Error::Problem { status: 403, document, request_id: "r-1".to_owned() };
        let told = error.told();
        for part in ["403 scope_missing", "next step: Ask", "scope: admin", "r-1"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn exit_codes_say_whether_asking_again_helps() {
        let of = |status| {
            let document = Value::Null;
            Error::Problem { status, document, request_id: String::new() }.exit_code()
        };
        assert_eq!(of(404), ExitCode::from(1));
        assert_eq!(of(503), ExitCode::from(3));
        assert_eq!(Error::Finding(String::new()).exit_code(), ExitCode::from(4));
    }
}
