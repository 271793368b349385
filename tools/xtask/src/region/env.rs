//! A region's configuration as the environment of `spin up` and of the host.

use std::fmt::Write as _;

use super::file::RegionFile;

/// Commands of a POSIX shell that export every variable. Secrets stay in their files until
/// the shell runs them.
pub(super) fn commands(region: &RegionFile) -> String {
    let mut commands = String::new();
    for (name, value) in &region.variables {
        // Writing to a string cannot fail.
        let _ = writeln!(commands, "export SPIN_VARIABLE_{}={}", upper(name), quoted(value));
    }
    for (name, path) in &region.secrets {
        let path = quoted(&path.display().to_string());
        let name = format!("SPIN_VARIABLE_{}", upper(name));
        let _ = writeln!(commands, "{name}=\"$(cat {path})\" && export {name}");
    }
    commands
}

fn upper(name: &str) -> String {
    name.to_uppercase()
}

/// One word of a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_shell_reads_back_what_the_file_says() {
        let dir = tempfile::tempdir().unwrap();
        let secret = dir.path().join("it's a key");
        std::fs::write(&secret, "{\"k\": \"v\"}\n").unwrap();
        let value = r#"{"bj1":"https://a.example"} $HOME `id` 'x' "y" \"#;
        let region = RegionFile {
            variables: [("region_urls".to_owned(), value.to_owned())].into(),
            secrets: [("seal_keys".to_owned(), secret)].into(),
        };
        let script = format!(
            "{}\nprintf '%s|%s' \"$SPIN_VARIABLE_REGION_URLS\" \"$SPIN_VARIABLE_SEAL_KEYS\"",
            commands(&region)
        );
        let output = Command::new("sh").args(["-euc", &script]).output().unwrap();
        let read = String::from_utf8(output.stdout).unwrap();
        assert_eq!(read, format!("{value}|{{\"k\": \"v\"}}"));
    }
}
