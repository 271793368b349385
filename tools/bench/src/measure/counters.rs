//! What the host counts.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::Result;
use feiqian_xtask::api::Api;

/// The value of each series at one time, by its name and labels.
#[derive(Debug, Clone, Default)]
pub struct Counters(BTreeMap<String, f64>);

impl Counters {
    /// Asks a host.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn of(host: SocketAddr) -> Result<Self> {
        let answer = Api::new(&format!("http://{host}")).get("/metrics").send()?;
        Ok(Self::parse(&answer.text()))
    }

    fn parse(text: &str) -> Self {
        let series = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(series).collect())
    }

    /// What has come since an earlier time.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let grown = |(name, now): (&String, &f64)| {
            (name.clone(), now - before.0.get(name).copied().unwrap_or_default())
        };
        Self(self.0.iter().map(grown).collect())
    }

    /// The sum of all series whose name begins so.
    #[must_use]
    pub fn sum(&self, prefix: &str) -> f64 {
        let behind = self.0.range(prefix.to_owned()..);
        behind.take_while(|(name, _)| name.starts_with(prefix)).map(|(_, value)| value).sum()
    }

    /// Key-value operations by kind.
    #[must_use]
    pub fn store_operations(&self) -> BTreeMap<String, f64> {
        let kind = |(name, value): (&String, &f64)| {
            let rest = name.strip_prefix("feiqian_host_kv_operations_total{kind=\"")?;
            Some((rest.trim_end_matches("\"}").to_owned(), *value))
        };
        self.0.iter().filter_map(kind).filter(|(_, value)| *value > 0.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_come_is_told_by_kind() {
        let text = |gets: u32| {
            format!(
                "# HELP x y\nfeiqian_host_kv_operations_total{{kind=\"get\"}} {gets}\n\
                 feiqian_host_kv_operations_total{{kind=\"swap\"}} 2\n# EOF\n"
            )
        };
        let come = Counters::parse(&text(7)).since(&Counters::parse(&text(3)));
        assert_eq!(come.store_operations(), BTreeMap::from([("get".to_owned(), 4.0)]));
        assert!((come.sum("feiqian_host_kv_operations") - 4.0).abs() < f64::EPSILON);
    }
}
