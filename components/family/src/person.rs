use feiqian_calendar::Calendar;
use feiqian_ledger::RelativeId;
use feiqian_ledger::medical::{
    Binder, BindingState, CredentialState, Insured, Relation, Relative, ShareRelation,
};
use serde::Serialize;

/// A person's part in medical insurance and in families, as they see it.
#[derive(Serialize)]
pub(crate) struct PersonBody<'a> {
    name: &'a str,
    credential: CredentialBody<'a>,
    relatives: Vec<RelativeBody<'a>>,
    binders: Vec<BinderBody<'a>>,
}

#[derive(Serialize)]
struct CredentialBody<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

/// What a binder sees of a relative: who it is, and nothing of their visits or insurance.
#[derive(Serialize)]
struct RelativeBody<'a> {
    relative_id: &'a RelativeId,
    name: &'a str,
    relation: Relation,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_account: Option<ShareRelation>,
}

#[derive(Serialize)]
struct BinderBody<'a> {
    relative_id: &'a RelativeId,
    name: &'a str,
    relation: Relation,
    status: &'static str,
    since: String,
}

/// A binding's state in a word of the wire.
pub(crate) const fn status_of(state: &BindingState) -> &'static str {
    match state {
        BindingState::Asked => "awaiting_consent",
        BindingState::Consented | BindingState::Undertaken { .. } => "bound",
    }
}

impl<'a> PersonBody<'a> {
    pub(crate) fn of(insured: &'a Insured, calendar: Calendar) -> Self {
        let credential = insured.credential.as_ref();
        Self {
            name: &insured.person.name_masked,
            credential: CredentialBody {
                status: match credential.map(|credential| credential.state) {
                    None => "not_activated",
                    Some(CredentialState::Active) => "active",
                    Some(CredentialState::Suspended) => "suspended",
                },
                region: credential.map(|credential| credential.region.as_str()),
                since: credential.map(|credential| calendar.format(credential.since)),
            },
            relatives: insured.relatives().iter().map(RelativeBody::of).collect(),
            binders: insured.binders().iter().map(|b| BinderBody::of(b, calendar)).collect(),
        }
    }
}

impl<'a> RelativeBody<'a> {
    fn of(relative: &'a Relative) -> Self {
        Self {
            relative_id: &relative.id,
            name: &relative.name_masked,
            relation: relative.relation,
            shared_account: relative.shares_as,
        }
    }
}

impl<'a> BinderBody<'a> {
    fn of(binder: &'a Binder, calendar: Calendar) -> Self {
        Self {
            relative_id: &binder.id,
            name: &binder.name_masked,
            relation: binder.relation,
            status: status_of(&binder.state),
            since: calendar.format(binder.since),
        }
    }
}
