//! `integrations connect`: a sign-in by the browser, kept as a connection.

use std::process::ExitCode;
use std::time::Duration;

use integrations::auth::{AuthorizeRequest, Scopes, SignedIn};
use integrations::credential::{Connection, ConnectionId, CredentialStore, Swap};
use integrations::{Error, ErrorKind, Manager};
use jiff::Timestamp;
use serde::Serialize;

use super::loopback::{Back, Loopback};
use super::{Place, id};
use crate::output::Output;
use crate::{Failure, Outcome};

/// Sign in at a provider by the browser, and keep the connection.
///
/// The browser comes back to a port of this machine. Providers that compare redirect URIs whole need
/// http://127.0.0.1:PORT/callback registered, and `--port` set.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The integration to sign in at, of the category auth.
    pub(super) name: String,
    /// What to ask for, instead of what a sign-in asks for (again: one more).
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// The port that the browser comes back to; 0 is any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The connection's id; without it the integration's name and the account's subject.
    #[arg(long)]
    id: Option<String>,
    /// How long to wait for the browser, in seconds.
    #[arg(long, default_value_t = 300)]
    timeout: u64,
    #[command(flatten)]
    place: Place,
}

#[derive(Serialize)]
struct Connected {
    id: String,
    integration: String,
    subject: String,
    name: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
    scopes: String,
    expires_at: Option<Timestamp>,
    renewable: bool,
}

pub(super) async fn run(args: Args, manager: &Manager, output: &Output) -> Outcome {
    let named = args.id.as_deref().map(id).transpose()?;
    let sign_in = manager.sign_in(&args.name).map_err(Failure::about_a_name)?;
    // Everything that can be wrong here is found out before a person is sent to the browser.
    let store = args.place.open().await?;
    sign_in.provider().connect().await?;
    let loopback = Loopback::bind(args.port).await?;
    let mut request = AuthorizeRequest::new(loopback.url()?);
    if !args.scope.is_empty() {
        request.scopes = args.scope.join(" ").parse::<Scopes>()?;
    }
    request.offline = sign_in.capabilities().refresh;
    let started = sign_in.authorize(&request).await?;
    if output.is_json() {
        // On the other stream: the answer is one object.
        eprintln!(
            "{}",
            serde_json::json!({ "authorization_url": started.url })
        );
    } else {
        output.note(&format!(
            "Open this address in a browser:\n\n  {}\n",
            started.url
        ));
    }
    let mut browsers = loopback.listen(started.session.state().to_owned());
    let patience = Duration::from_secs(args.timeout);
    let back = tokio::time::timeout(patience, browsers.recv()).await;
    let Ok(Some(back)) = back else {
        let text = format!("the browser did not come back within {} s", args.timeout);
        return Err(Failure::failed(text));
    };
    let outcome = finish(&args.name, named, &sign_in, &back, started.session, &store).await;
    match outcome {
        Ok(connected) => {
            let who = connected.name.as_ref().or(connected.email.as_ref());
            let who = who.unwrap_or(&connected.subject);
            back.done(format!(
                "{who} is connected as {}. You can close this window.",
                connected.id
            ));
            output.show(&connected, || {
                let renewable = match connected.renewable {
                    true => "it renews itself",
                    false => "it cannot be renewed: connect again when it has ended",
                };
                format!("connected {} as {who}; {renewable}", connected.id)
            });
            // The page is on its way.
            tokio::time::sleep(Duration::from_millis(200)).await;
            Ok(ExitCode::SUCCESS)
        }
        Err(failure) => {
            back.failed(failure.line.clone());
            tokio::time::sleep(Duration::from_millis(200)).await;
            Err(failure)
        }
    }
}

async fn finish(
    integration: &str,
    named: Option<ConnectionId>,
    sign_in: &integrations::auth::SignIn,
    back: &Back,
    session: integrations::auth::AuthSession,
    store: &dyn CredentialStore,
) -> Result<Connected, Failure> {
    let SignedIn {
        tokens, profile, ..
    } = sign_in.sign_in(&back.callback, session).await?;
    let id = match named {
        Some(id) => id,
        None => ConnectionId::new(format!("{integration}:{}", profile.subject.subject()))
            .map_err(|error| error.with_advice("name the connection with --id"))?,
    };
    let mut tokens = tokens;
    tokens
        .subject
        .get_or_insert_with(|| profile.subject.clone());
    keep(store, &id, integration, &tokens).await?;
    Ok(Connected {
        id: id.to_string(),
        integration: integration.to_owned(),
        subject: profile.subject.to_string(),
        name: profile.name,
        email: profile.email,
        email_verified: profile.email_verified,
        scopes: tokens.scopes.to_string(),
        expires_at: tokens.expires_at,
        renewable: tokens.refresh_token.is_some(),
    })
}

/// Writes the connection, in the place of one that has ended.
async fn keep(
    store: &dyn CredentialStore,
    id: &ConnectionId,
    integration: &str,
    tokens: &integrations::auth::TokenSet,
) -> Result<(), Error> {
    // Somebody else may write at the same time; a person's consent is the newest.
    for _ in 0..10 {
        let now = Timestamp::now();
        let (expected, connection) = match store.load(id).await? {
            None => (
                None,
                Connection::new(id.clone(), integration, tokens.clone(), now),
            ),
            Some(there) => {
                check_same(&there.value, integration, tokens)?;
                (
                    Some(there.version),
                    there.value.reconnected(tokens.clone(), now),
                )
            }
        };
        if let Swap::Stored(_) = store.compare_and_swap(expected, &connection).await? {
            return Ok(());
        }
    }
    Err(Error::new(
        ErrorKind::Conflict,
        "others write the same connection all the time",
    ))
}

/// Refuses to put one account in the place of another.
fn check_same(
    there: &Connection,
    integration: &str,
    tokens: &integrations::auth::TokenSet,
) -> Result<(), Error> {
    let other = match (&there.subject, &tokens.subject) {
        _ if there.integration != integration => format!("of {}", there.integration),
        (Some(old), Some(new)) if old != new => format!("the account {old}, and {new} signed in"),
        _ => return Ok(()),
    };
    let text = format!("{} is {other}", there.id);
    Err(Error::new(ErrorKind::AlreadyExists, text)
        .with_advice("choose another name with --id; nothing was written"))
}
