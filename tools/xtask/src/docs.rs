//! `cargo xtask docs`: writes the pages that are made from tables in the code.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use feiqian_edge::{Language, ProblemCode};

use crate::openapi;
use crate::progress::step;
use crate::workspace::Workspace;

/// The page of all problem codes, below the repository's root.
pub const ERRORS: &str = "docs/errors.md";

/// Writes each page anew.
///
/// # Errors
///
/// When a page cannot be written.
pub fn write(workspace: &Workspace) -> Result<()> {
    step("Pages", |_| {
        let openapi = openapi::assemble(&workspace.root)?;
        let reference = openapi::page(&openapi)?;
        let pages = [(ERRORS, errors()), (openapi::PAGE, reference), (openapi::DOCUMENT, openapi)];
        for (page, text) in pages {
            let path = workspace.root.join(page);
            std::fs::write(&path, text)
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
        Ok(())
    })
}

/// The page of all problem codes: status, meaning and next step in both languages.
#[must_use]
pub fn errors() -> String {
    let mut page = String::from(
        "# Errors\n\n\
         Every failed request answers problem details (RFC 9457, `application/problem+json`) with a\n\
         stable `code`, a `title`, a `detail` and a `next_step`, in English or Chinese by\n\
         `Accept-Language`. Words in braces are members of the answer. A refusal of a movement of\n\
         money is kept under its Idempotency-Key and comes again for the same key.\n\n\
         `cargo xtask docs` writes this page from the table in `crates/edge/src/problem`.\n",
    );
    for &code in ProblemCode::ALL {
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## `{code}` ({})\n\n", code.status());
        for language in [Language::English, Language::Chinese] {
            let (title, detail) = (code.title(language), code.detail(language));
            let _ = writeln!(page, "- **{title}** {detail} → {}", code.next_step(language));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_errors_is_what_the_table_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == errors(), "docs/errors.md is stale; run `cargo xtask docs`");
    }

    /// The tests that a page names, as `path.rs::name`.
    fn named(page: &str) -> Vec<(&str, &str)> {
        page.split('`').filter_map(|part| part.split_once("::")).collect()
    }

    #[test]
    fn every_test_that_proves_a_rule_exists() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let page = std::fs::read_to_string(format!("{root}/docs/rules.md")).unwrap();
        for row in page.lines().filter(|line| line.starts_with("| ") && !line.contains("proven by"))
        {
            assert!(!named(row).is_empty(), "no test proves: {row}");
        }
        let missing = named(&page).into_iter().filter(|(path, name)| {
            let code = std::fs::read_to_string(format!("{root}/{path}")).unwrap_or_default();
            !code.contains(&format!("fn {name}("))
        });
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<(&str, &str)>::new());
    }
}
