use feiqian_calendar::Calendar;
use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{Call, ConfigurationError, Origins, Problem, VariableSource, Variables, auth};
use feiqian_flows::{FamilyRequest, Platform, Vault};
use feiqian_identity::Pin;
use feiqian_ledger::CustomerId;
use feiqian_signing::{CodeKey, PinPepper, SessionKey};

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    pub(crate) calendar: Calendar,
    pub(crate) code_key: CodeKey,
    pub(crate) origins: Origins,
    pub(crate) pepper: PinPepper,
    pub(crate) platform: SpinPlatform,
    pub(crate) vault: Vault,
    session_key: SessionKey,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            calendar: variables.utc_offset().await?,
            code_key: variables.code_key().await?,
            origins: variables.cors_origins().await?,
            pepper: variables.pin_pepper().await?,
            platform: SpinPlatform::load(variables).await?,
            vault: Vault {
                seal: variables.seal_keys().await?,
                index: variables.index_key().await?,
            },
            session_key: variables.session_key().await?,
        })
    }

    /// The customer who asks.
    pub(crate) fn customer(&self, call: &Call) -> Result<CustomerId, Problem> {
        Ok(auth::customer(call, &self.session_key, self.platform.now())?.id)
    }

    /// The customer who asks, with the account of the path and a PIN.
    pub(crate) fn family(&self, call: &Call, pin: &str) -> Result<FamilyRequest, Problem> {
        Ok(FamilyRequest {
            customer: self.customer(call)?,
            account: call.id("account_id")?,
            pin: Pin::parse(pin)?,
        })
    }
}
