//! `integrations config`: is it complete, and what is it.

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use crate::output::{Output, table};
use crate::{Failure, Outcome, open};

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Say whether everything that is needed is there and right. Makes nothing and calls nobody.
    Check,
    /// Show every value and where it came from. Secrets are hidden.
    Show {
        /// Only this integration.
        name: Option<String>,
    },
}

#[derive(Serialize)]
struct Shown {
    integration: String,
    field: &'static str,
    value: Option<String>,
    secret: bool,
    origin: Option<String>,
}

pub(crate) async fn run(command: Command, file: Option<&Path>, output: &Output) -> Outcome {
    // Nothing is made: to look at the configuration opens no folder and asks nobody.
    let manager = open(file, [""; 0]).await?;
    let entries = manager.entries();
    match command {
        Command::Check => {
            manager.check()?;
            let names = |enabled: bool| -> Vec<&str> {
                let of = entries.iter().filter(|entry| entry.enabled == enabled);
                of.map(|entry| entry.name.as_str()).collect()
            };
            let (on, off) = (names(true), names(false));
            let value = serde_json::json!({ "ok": true, "integrations": on, "switched_off": off });
            output.show(&value, || match (on.is_empty(), off.is_empty()) {
                (true, true) => "nothing is configured; see `integrations providers`".to_owned(),
                (false, true) => format!("complete: {}", on.join(", ")),
                (true, false) => format!("switched off, and not checked: {}", off.join(", ")),
                (false, false) => format!(
                    "complete: {}\nswitched off, and not checked: {}",
                    on.join(", "),
                    off.join(", ")
                ),
            });
        }
        Command::Show { name } => {
            let all: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
            let names = match name {
                Some(name) if all.contains(&name) => vec![name],
                Some(name) => {
                    return Err(Failure::usage(format!(
                        "no integration is called {name:?}; there are: {}",
                        if all.is_empty() {
                            "none".to_owned()
                        } else {
                            all.join(", ")
                        }
                    )));
                }
                None => all,
            };
            let mut shown = Vec::new();
            for name in &names {
                let settings = manager.settings(name)?;
                shown.extend(settings.shown().map(|(field, value)| Shown {
                    integration: name.clone(),
                    field: field.name,
                    secret: field.secret,
                    origin: value.as_ref().map(|(_, origin)| origin.to_string()),
                    value: value.map(|(value, _)| value),
                }));
            }
            output.show(&shown, || {
                let rows = shown.iter().map(|one| {
                    [
                        one.integration.clone(),
                        one.field.to_owned(),
                        one.value.clone().unwrap_or_else(|| "(not set)".to_owned()),
                        one.origin.clone().unwrap_or_default(),
                    ]
                });
                table(&["integration", "field", "value", "from"], rows)
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}
