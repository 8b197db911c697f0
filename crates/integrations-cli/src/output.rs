//! What is printed: text for people, JSON for machines, colours only on a terminal.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use comfy_table::{Table, presets};
use integrations::ErrorKind;
use serde::Serialize;

/// Where and how a command prints.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    colour: bool,
    /// The first failure to print.
    failed: Mutex<Option<std::io::Error>>,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        // The convention of https://no-color.org: set and not empty means none.
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            json,
            colour: wanted && !json && std::io::stdout().is_terminal(),
            failed: Mutex::default(),
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints `value` as JSON, or the text.
    pub(crate) fn show(&self, value: &impl Serialize, text: impl FnOnce() -> String) {
        let text = if self.json {
            serde_json::to_string_pretty(value).unwrap_or_else(|error| {
                format!(
                    "{{\"error\":{:?}}}",
                    format!("the answer cannot be printed: {error}")
                )
            })
        } else {
            text()
        };
        self.line(&text);
    }

    /// Prints a line.
    pub(crate) fn line(&self, text: &str) {
        if let Err(error) = writeln!(std::io::stdout(), "{text}") {
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.get_or_insert(error);
        }
    }

    /// Why something could not be printed, if anything could not. That the reader has gone
    /// (`| head`) is no failure.
    pub(crate) fn failed(&self) -> Option<String> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let error = failed.as_ref()?;
        let gone = error.kind() == std::io::ErrorKind::BrokenPipe;
        (!gone).then(|| format!("the output cannot be written: {error}"))
    }

    /// Prints a line for people only.
    pub(crate) fn note(&self, text: &str) {
        if !self.json {
            self.line(text);
        }
    }

    pub(crate) fn failure(&self, line: &str, kind: Option<ErrorKind>) {
        if self.json {
            let value = serde_json::json!({ "error": {
                "kind": kind.map_or("failed", ErrorKind::as_str), "message": line } });
            eprintln!("{value}");
        } else {
            eprintln!("error: {line}");
        }
    }

    /// A heading in bold, on a terminal.
    pub(crate) fn strong(&self, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// A word in green or red, on a terminal.
    pub(crate) fn verdict(&self, word: &str, good: bool) -> String {
        match (self.colour, good) {
            (false, _) => word.to_owned(),
            (true, true) => format!("\u{1b}[32m{word}\u{1b}[0m"),
            (true, false) => format!("\u{1b}[31m{word}\u{1b}[0m"),
        }
    }
}

#[cfg(test)]
impl Output {
    /// Text without colours.
    pub(crate) fn plain() -> Self {
        Self {
            json: false,
            colour: false,
            failed: Mutex::default(),
        }
    }
}

/// A table without borders.
pub(crate) fn table<R>(header: &[&str], rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = String>,
{
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(header.iter().map(|name| name.to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    let text = table.to_string();
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A number of bytes for people.
pub(crate) fn bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}
