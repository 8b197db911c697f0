//! `integrations config`: is it complete, and what is it.

use std::path::Path;
use std::process::ExitCode;

use integrations::Survey;
use integrations::config::{Found, Origin};
use serde::Serialize;

use crate::output::{Output, table};
use crate::{Failure, Outcome, open};

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Say of every field whether it is set and from where, and whether everything that is needed is
    /// there and right. Makes nothing, calls nobody, and shows no value.
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

/// A field, as the check shows it.
#[derive(Serialize)]
struct Row {
    integration: String,
    field: &'static str,
    state: &'static str,
    /// Where the value is, or where it is looked for, or what is wrong with it.
    place: String,
}

impl Row {
    fn all(surveys: &[Survey]) -> Vec<Self> {
        let mut rows = Vec::new();
        for survey in surveys {
            for one in &survey.fields {
                let (state, place) = match &one.found {
                    Found::Set(Origin::Default) => ("default", String::new()),
                    Found::Set(origin) => ("set", origin.to_string()),
                    Found::Wrong(origin, why) => ("wrong", format!("{why} (from {origin})")),
                    Found::Missing(places) if survey.configured => ("missing", places.clone()),
                    Found::Missing(places) => ("not configured", places.clone()),
                    _ => ("not set", String::new()),
                };
                // Of what is not configured only what it takes to begin is told.
                if survey.configured || state == "not configured" {
                    rows.push(Self {
                        integration: survey.name.clone(),
                        field: one.field.name,
                        state,
                        place,
                    });
                }
            }
        }
        rows
    }

    fn text(rows: &[Self], output: &Output) -> String {
        let shown = rows.iter().map(|row| {
            let state = match row.state {
                "set" | "default" => output.verdict(row.state, true),
                "missing" | "wrong" => output.verdict(row.state, false),
                state => state.to_owned(),
            };
            let field = row.field.to_owned();
            [row.integration.clone(), field, state, row.place.clone()]
        });
        table(&["integration", "field", "state", "where"], shown)
    }
}

pub(crate) async fn run(command: Command, file: Option<&Path>, output: &Output) -> Outcome {
    // Nothing is made: to look at the configuration opens no folder and asks nobody.
    let manager = open(file, [""; 0]).await?;
    let entries = manager.entries();
    match command {
        Command::Check => {
            let table = Row::all(&manager.survey());
            if let Err(error) = manager.check() {
                let value = serde_json::json!({ "ok": false, "fields": table });
                output.show(&value, || Row::text(&table, output));
                return Err(error.into());
            }
            let names = |enabled: bool| -> Vec<&str> {
                let of = entries.iter().filter(|entry| entry.enabled == enabled);
                of.map(|entry| entry.name.as_str()).collect()
            };
            let (on, off) = (names(true), names(false));
            let value = serde_json::json!({
                "ok": true, "integrations": on, "switched_off": off, "fields": table });
            output.note(&format!("{}\n", Row::text(&table, output)));
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
