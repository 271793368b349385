//! Application variables and the templates that hand them to components.

use std::collections::BTreeMap;

use crate::error::StartError;
use crate::manifest::AppVariable;

/// Prefix of environment variables that give a value, as in Spin.
const ENVIRONMENT_PREFIX: &str = "SPIN_VARIABLE_";

/// Application variables with their values.
#[derive(Debug, Clone, Default)]
pub struct AppVariables(BTreeMap<String, String>);

impl AppVariables {
    /// Takes for each declared variable the first value found in `given` (the
    /// command line before files), then the environment, then its default.
    ///
    /// # Errors
    ///
    /// [`StartError::Variables`] naming every required variable without a value.
    pub fn resolve(
        declared: &BTreeMap<String, AppVariable>,
        given: &BTreeMap<String, String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, StartError> {
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, variable) in declared {
            let from_environment =
                || environment(&format!("{ENVIRONMENT_PREFIX}{}", name.to_uppercase()));
            let value = given
                .get(name)
                .cloned()
                .or_else(from_environment)
                .or_else(|| variable.default.clone());
            match value {
                Some(value) => {
                    values.insert(name.clone(), value);
                }
                None => missing.push(name.as_str()),
            }
        }
        if let [first, ..] = missing.as_slice() {
            return Err(StartError::Variables(format!(
                "no value for required variable {}; pass --variable {first}=VALUE or set {ENVIRONMENT_PREFIX}{}",
                missing.join(", "),
                first.to_uppercase(),
            )));
        }
        for name in given.keys().filter(|name| !declared.contains_key(*name)) {
            tracing::warn!(variable = %name, "a value is given for a variable that spin.toml does not declare");
        }
        Ok(Self(values))
    }

    /// The value of an application variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Fills in a template such as `redis://{{ host }}:6379`.
    ///
    /// # Errors
    ///
    /// A sentence naming the unknown variable or the unmatched brace.
    pub fn render(&self, template: &str) -> Result<String, String> {
        let mut rendered = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((literal, after)) = rest.split_once("{{") {
            let Some((name, tail)) = after.split_once("}}") else {
                return Err("unmatched '{{' in template".into());
            };
            let name = name.trim();
            let value = self.get(name).ok_or_else(|| format!("unknown variable {name:?}"))?;
            rendered.push_str(literal);
            rendered.push_str(value);
            rest = tail;
        }
        rendered.push_str(rest);
        Ok(rendered)
    }

    /// Fills in a component's variables.
    ///
    /// # Errors
    ///
    /// [`StartError::Variables`] naming the component and the variable.
    pub fn for_component(
        &self,
        component: &str,
        templates: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, StartError> {
        templates
            .iter()
            .map(|(name, template)| {
                let value = self.render(template).map_err(|reason| {
                    StartError::Variables(format!(
                        "variable {name} of component {component}: {reason}"
                    ))
                })?;
                Ok((name.clone(), value))
            })
            .collect()
    }
}

/// Reads a TOML file of `name = "value"` lines.
///
/// # Errors
///
/// [`StartError::Variables`] naming the file.
pub fn read_file(path: &std::path::Path) -> Result<BTreeMap<String, String>, StartError> {
    let refuse = |reason: String| StartError::Variables(format!("{}: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    toml::from_str(&text).map_err(|error| refuse(error.message().to_owned()))
}

/// Checks a variable's name by Spin's rule.
///
/// # Errors
///
/// A sentence with the name and what is wrong with it.
pub fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let reason = if name.is_empty() {
        "must not be empty".to_owned()
    } else if let Some(invalid) = name.chars().find(|c| !allowed(*c)) {
        format!(
            "invalid character {invalid:?}. Variable names may contain only lower-case letters, numbers, and underscores."
        )
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "must start with a lowercase ASCII letter".to_owned()
    } else if name.ends_with('_') {
        "must end with a lowercase ASCII letter or digit".to_owned()
    } else if name.contains("__") {
        "must not contain multiple consecutive underscores".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("{name:?}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(default: Option<&str>) -> AppVariable {
        AppVariable {
            default: default.map(str::to_owned),
            required: default.is_none(),
            secret: false,
            description: None,
        }
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_command_line_wins_over_the_environment_over_the_default() {
        let declared =
            ["a", "b", "c"].map(|name| (name.to_owned(), variable(Some("default")))).into();
        let environment = |name: &str| (name != "SPIN_VARIABLE_C").then(|| "environment".into());
        let values = AppVariables::resolve(&declared, &map(&[("a", "line")]), environment).unwrap();
        assert_eq!(values.get("a"), Some("line"));
        assert_eq!(values.get("b"), Some("environment"));
        assert_eq!(values.get("c"), Some("default"));
    }

    #[test]
    fn a_required_variable_without_a_value_is_named() {
        let declared = [("bank_key".to_owned(), variable(None))].into();
        let error = AppVariables::resolve(&declared, &BTreeMap::new(), |_| None).unwrap_err();
        assert!(error.to_string().contains("bank_key"), "{error}");
    }

    #[test]
    fn templates_are_filled_in() {
        let values = AppVariables(map(&[("host", "h"), ("port", "1")]));
        assert_eq!(values.render("redis://{{ host }}:{{port}}").unwrap(), "redis://h:1");
        assert_eq!(values.render("plain").unwrap(), "plain");
        assert!(values.render("{{ absent }}").unwrap_err().contains("absent"));
        assert!(values.render("{{ host").is_err());
    }

    #[test]
    fn names_follow_spins_rule() {
        for name in ["a", "a_b", "a1"] {
            check_name(name).unwrap();
        }
        for name in ["", "A", "1a", "a_", "a__b", "a-b"] {
            check_name(name).unwrap_err();
        }
    }
}
