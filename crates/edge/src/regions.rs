//! Which region this is, and where the others are.

use feiqian_ledger::{Region, region_of_id};
use std::collections::BTreeMap;

use crate::{Problem, ProblemCode, cors};

/// Most regions that a deployment knows.
const REGIONS_MAX: usize = 64;

/// The region of this deployment, and the base URLs of the regions that it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions {
    here: Region,
    urls: BTreeMap<Region, String>,
}

/// Why the URLs of regions cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionUrlsError {
    /// No JSON of the right shape.
    #[error("it is JSON such as {{\"bj1\": \"https://bj1.pay.example\"}}, each region once")]
    Malformed,
    /// A URL that a path cannot follow.
    #[error("the URL of {0} is written https://host or https://host:port, without a path")]
    Url(Region),
    /// More than are sensible.
    #[error("there are at most {REGIONS_MAX} regions")]
    TooMany,
}

impl Regions {
    /// The regions as the variables `region` and `region_urls` name them.
    ///
    /// # Errors
    /// See [`RegionUrlsError`].
    pub fn parse(here: Region, urls: &str) -> Result<Self, RegionUrlsError> {
        let urls: BTreeMap<Region, String> =
            serde_json::from_str(urls).map_err(|_| RegionUrlsError::Malformed)?;
        if urls.len() > REGIONS_MAX {
            return Err(RegionUrlsError::TooMany);
        }
        match urls.iter().find(|(_, url)| !cors::is_origin(url)) {
            Some((region, _)) => Err(RegionUrlsError::Url(*region)),
            None => Ok(Self { here, urls }),
        }
    }

    /// The region of this deployment.
    #[must_use]
    pub const fn here(&self) -> Region {
        self.here
    }

    /// The other region that an id belongs to, and its URL. An id of a region that nobody
    /// knows is looked for here, and not found.
    fn elsewhere(&self, id: &str) -> Option<(Region, &str)> {
        let region = region_of_id(id).filter(|region| *region != self.here)?;
        self.urls.get(&region).map(|url| (region, url.as_str()))
    }

    /// Lets an id pass that says where its request, for the path `target`, belongs.
    ///
    /// # Errors
    /// `region_misdirected`.
    pub(crate) fn direct(&self, id: &str, target: impl FnOnce() -> String) -> Result<(), Problem> {
        let Some((region, url)) = self.elsewhere(id) else { return Ok(()) };
        Err(Problem::new(ProblemCode::RegionMisdirected)
            .with("region", region.as_str())
            .with("url", format!("{url}{}", target())))
    }

    /// Lets an id pass that stands in a request which belongs here by what else it names.
    ///
    /// # Errors
    /// `region_differs`.
    pub(crate) fn join(&self, parameter: &'static str, id: &str) -> Result<(), Problem> {
        let Some((region, _)) = self.elsewhere(id) else { return Ok(()) };
        Err(Problem::new(ProblemCode::RegionDiffers)
            .with("parameter", parameter)
            .with("region", region.as_str())
            .with("here", self.here.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use feiqian_ledger::AccountId;

    const URLS: &str = r#"{"cn1":"https://cn1.pay.example","bj1":"https://bj1.pay.example:8443"}"#;

    fn account(region: &str) -> String {
        AccountId::derive(Region::parse(region).unwrap(), &["a"]).to_string()
    }

    #[test]
    fn an_id_of_another_known_region_is_sent_there_and_any_other_is_looked_for_here() {
        let regions = Regions::parse(Region::EXAMPLE, URLS).unwrap();
        for id in [&account("cn1"), &account("sh1"), "me", "acc_bj1_short"] {
            assert!(regions.direct(id, String::new).is_ok(), "{id}");
            assert!(regions.join("payee.account_id", id).is_ok(), "{id}");
        }
        let problem = regions.direct(&account("bj1"), || "/v1/accounts/x?limit=1".into());
        let problem = problem.unwrap_err();
        assert_eq!(problem.code(), ProblemCode::RegionMisdirected);
        assert_eq!(problem.member("region"), Some("bj1"));
        let url = "https://bj1.pay.example:8443/v1/accounts/x?limit=1";
        assert_eq!(problem.member("url"), Some(url));
        let beside = regions.join("payee.account_id", &account("bj1")).unwrap_err();
        assert_eq!(beside.code(), ProblemCode::RegionDiffers);
        assert_eq!(beside.member("here"), Some("cn1"));
    }

    #[test]
    fn urls_that_lead_nowhere_are_refused() {
        let parse = |urls: &str| Regions::parse(Region::EXAMPLE, urls);
        assert!(parse("{}").is_ok());
        for urls in ["", "[]", r#"{"BJ1":"https://a.example"}"#, r#"{"bj1":1}"#] {
            assert_eq!(parse(urls), Err(RegionUrlsError::Malformed), "{urls}");
        }
        for url in ["", "a.example", "https://a.example/", "ftp://a.example", "https://a b"] {
            let urls = format!(r#"{{"bj1":"{url}"}}"#);
            let region = Region::parse("bj1").unwrap();
            assert_eq!(parse(&urls), Err(RegionUrlsError::Url(region)), "{url}");
        }
    }
}
