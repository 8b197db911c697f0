//! `integrations connections`: what is connected, and in what state.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use integrations::credential::{Connection, CredentialStore, GrantState, TokenSource, Versioned};
use integrations::{Error, ErrorKind};
use jiff::Timestamp;
use serde::Serialize;

use super::{Place, id};
use crate::output::{Output, table};
use crate::{Failure, Outcome, open};

/// What to do with connections.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List everything that is connected. One that cannot be opened is listed with the reason.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Show one connection. Tokens and secrets are not shown.
    Show {
        /// Its id.
        id: String,
        #[command(flatten)]
        place: Place,
    },
    /// Renew the tokens of a connection now.
    Refresh {
        /// Its id.
        id: String,
        #[command(flatten)]
        place: Place,
    },
    /// End the tokens of a connection at the provider, and forget it.
    Revoke {
        /// Its id.
        id: String,
        /// Forget it here, also where the provider does not end tokens.
        #[arg(long)]
        forget: bool,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Serialize)]
struct Shown {
    id: String,
    integration: Option<String>,
    state: &'static str,
    reason: Option<String>,
    subject: Option<String>,
    scopes: Option<String>,
    secrets: Option<Vec<String>>,
    expires_at: Option<Timestamp>,
    refresh_expires_at: Option<Timestamp>,
    renewable: bool,
    created_at: Option<Timestamp>,
    obtained_at: Option<Timestamp>,
}

impl Shown {
    fn of(connection: &Connection) -> Self {
        let tokens = connection.tokens();
        let (state, reason) = match &connection.state {
            GrantState::Active => ("active", None),
            GrantState::NeedsConsent { reason, .. } => ("needs_consent", Some(reason.clone())),
            _ => ("unknown", None),
        };
        let names = |secrets: &integrations::credential::Secrets| {
            secrets.names().map(str::to_owned).collect()
        };
        Self {
            id: connection.id.to_string(),
            integration: Some(connection.integration.clone()),
            state,
            reason,
            subject: connection.subject.as_ref().map(ToString::to_string),
            scopes: tokens.map(|tokens| tokens.scopes.to_string()),
            secrets: connection.secrets().map(names),
            expires_at: tokens.and_then(|tokens| tokens.expires_at),
            refresh_expires_at: tokens.and_then(|tokens| tokens.refresh_expires_at),
            renewable: tokens.is_some_and(|tokens| tokens.refresh_token.is_some()),
            created_at: Some(connection.created_at),
            obtained_at: Some(connection.obtained_at),
        }
    }

    fn broken(id: String, error: &Error) -> Self {
        Self {
            id,
            integration: None,
            state: "damaged",
            reason: Some(error.to_string()),
            subject: None,
            scopes: None,
            secrets: None,
            expires_at: None,
            refresh_expires_at: None,
            renewable: false,
            created_at: None,
            obtained_at: None,
        }
    }

    fn text(&self) -> String {
        let at = |at: Option<Timestamp>| at.map(|at| at.strftime("%F %T UTC").to_string());
        let lines = [
            ("id", Some(self.id.clone())),
            ("integration", self.integration.clone()),
            ("state", Some(self.state.to_owned())),
            ("reason", self.reason.clone()),
            ("account", self.subject.clone()),
            ("scopes", self.scopes.clone()),
            (
                "secrets",
                self.secrets.as_ref().map(|names| names.join(", ")),
            ),
            ("token ends", at(self.expires_at)),
            ("consent ends", at(self.refresh_expires_at)),
            (
                "renews itself",
                Some(if self.renewable { "yes" } else { "no" }.to_owned()),
            ),
            ("made", at(self.created_at)),
            ("renewed", at(self.obtained_at)),
        ];
        let shown = lines
            .into_iter()
            .filter_map(|(name, value)| Some([name.to_owned(), value?]));
        table(&["", ""], shown).trim_start_matches('\n').to_owned()
    }
}

pub(super) async fn run(command: Command, file: Option<&Path>, output: &Output) -> Outcome {
    match command {
        Command::List { place } => list(&place, output).await,
        Command::Show { id, place } => {
            let store = place.open().await?;
            let shown = Shown::of(&find(&store, &id).await?.value);
            output.show(&shown, || shown.text());
            Ok(ExitCode::SUCCESS)
        }
        Command::Refresh { id, place } => refresh(&id, &place, file, output).await,
        Command::Revoke { id, forget, place } => revoke(&id, forget, &place, file, output).await,
    }
}

async fn list(place: &Place, output: &Output) -> Outcome {
    let store = place.open().await?;
    let store: &dyn CredentialStore = &store;
    let mut all = Vec::new();
    for id in store.ids().await? {
        match store.load(&id).await {
            Ok(Some(there)) => all.push(Shown::of(&there.value)),
            // Removed meanwhile.
            Ok(None) => {}
            Err(error) => all.push(Shown::broken(id.to_string(), &error)),
        }
    }
    output.show(&all, || {
        if all.is_empty() {
            return "nothing is connected; see `integrations connect --help`".to_owned();
        }
        let rows = all.iter().map(|one| {
            let ends = one
                .expires_at
                .map(|at| at.strftime("%F %T UTC").to_string());
            [
                one.id.clone(),
                one.integration.clone().unwrap_or_default(),
                output.verdict(one.state, one.state == "active"),
                ends.unwrap_or_default(),
                one.reason.clone().unwrap_or_default(),
            ]
        });
        table(&["id", "integration", "state", "token ends", ""], rows)
    });
    let damaged = all.iter().any(|one| one.state == "damaged");
    Ok(if damaged {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn find(store: &dyn CredentialStore, text: &str) -> Result<Versioned<Connection>, Failure> {
    let found = store.load(&id(text)?).await?;
    found.ok_or_else(|| {
        let error = Error::new(
            ErrorKind::NotFound,
            format!("nothing is connected as {text}"),
        );
        Failure::about_a_name(error.with_advice("see `integrations connections list`"))
    })
}

async fn refresh(text: &str, place: &Place, file: Option<&Path>, output: &Output) -> Outcome {
    let store = Arc::new(place.open().await?);
    let before = find(&*store, text).await?.value;
    if before.tokens().is_none() {
        return Err(Failure::usage(format!(
            "{text} has secrets, which do not end"
        )));
    }
    let manager = open(file, [before.integration.clone()]).await?;
    let sign_in = manager
        .sign_in(&before.integration)
        .map_err(Failure::about_a_name)?;
    let source = TokenSource::new(before.id.clone(), store.clone(), sign_in);
    let token = source.access_token().await?;
    // One that ended was renewed on the way; another is renewed as if it had been refused.
    if find(&*store, text).await?.value.obtained_at == before.obtained_at {
        source.rejected(&token).await?;
    }
    source.settle().await;
    let shown = Shown::of(&find(&*store, text).await?.value);
    output.show(&shown, || format!("renewed {text}\n{}", shown.text()));
    Ok(ExitCode::SUCCESS)
}

async fn revoke(
    text: &str,
    forget: bool,
    place: &Place,
    file: Option<&Path>,
    output: &Output,
) -> Outcome {
    let store = place.open().await?;
    let there = find(&store, text).await?;
    let mut ended = false;
    if let Some(tokens) = there.value.tokens() {
        let manager = open(file, [there.value.integration.clone()]).await?;
        let sign_in = manager
            .sign_in(&there.value.integration)
            .map_err(Failure::about_a_name)?;
        sign_in.provider().connect().await?;
        match sign_in.revoke_all(tokens).await {
            Ok(()) => ended = true,
            Err(error) if forget => eprintln!("not ended at the provider: {error}"),
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                let advice = "with --forget it is forgotten here, and ends there by its time";
                return Err(error.with_advice(advice).into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !store.delete(&there.value.id, there.version).await? {
        let text = format!("{text} was changed meanwhile, and is still kept");
        return Err(Failure::failed(format!("{text}; run it again")));
    }
    let value = serde_json::json!({ "id": text, "ended": ended, "forgotten": true });
    output.show(&value, || match ended {
        true => format!("{text} is ended at the provider, and forgotten"),
        false => format!("{text} is forgotten"),
    });
    Ok(ExitCode::SUCCESS)
}
