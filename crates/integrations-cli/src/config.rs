//! `integrations config`: is it complete, and what is it.

use std::path::Path;
use std::process::ExitCode;

use integrations::Manager;
use serde::Serialize;

use crate::Outcome;
use crate::output::{Output, table};

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Say whether everything that is needed is there and right. Calls nobody.
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
    let manager = Manager::load(file).await?;
    match command {
        Command::Check => {
            let names: Vec<String> = manager
                .entries()
                .into_iter()
                .map(|entry| entry.name)
                .collect();
            output.show(
                &serde_json::json!({ "ok": true, "integrations": names }),
                || {
                    if names.is_empty() {
                        "nothing is configured; see `integrations providers`".to_owned()
                    } else {
                        format!("complete: {}", names.join(", "))
                    }
                },
            );
        }
        Command::Show { name } => {
            let names = match name {
                Some(name) => vec![name],
                None => manager
                    .entries()
                    .into_iter()
                    .map(|entry| entry.name)
                    .collect(),
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
