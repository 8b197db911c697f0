//! The suites against something that is configured.
//!
//! A suite works in what it made itself: below prefixes, in calendars, under names that nobody else
//! has. Those are removed afterwards. What the command line cannot supply (a buyer, a browser, a
//! mailbox) is a hook that is missing; the report says of each behaviour that it was skipped for
//! that. Requests are counted where a provider in this process counts them itself.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use integrations::email::Mailbox;
use integrations::http::{Body, HttpTransport, Request, Transport, TransportConfig};
use integrations::local::{Requests, counted_factories};
use integrations::payment::Instrument;
use integrations::{Descriptor, Error, ErrorKind, Manager, Result as Done};
use integrations_conformance::{
    Options, Report, auth, calendar, email, payment, run as run_suite, storage, video,
};

use super::{Args, clean, local};
use crate::Failure;

/// Runs the suite of an integration's category. Beside the report: what could not be removed again,
/// in one line.
pub(super) async fn run(
    args: &Args,
    file: Option<&Path>,
    options: Options,
) -> Result<(Report, Option<String>), Failure> {
    let counter = Arc::<OnceLock<Requests>>::default();
    let registry = integrations::registry();
    let made = Arc::clone(&counter);
    // No other than the one that is named is made.
    for factory in counted_factories(move |_, requests| drop(made.set(requests))) {
        registry.register(factory);
    }
    let builder = Manager::builder().registry(registry).usual(file)?;
    let built = builder.only([&args.provider]).build().await;
    let manager = built.map_err(Failure::about_a_name)?;
    over(&manager, args, options, counter.get().cloned()).await
}

/// Runs it over what a manager has. `requests` counts what is asked of it.
async fn over(
    manager: &Manager,
    args: &Args,
    options: Options,
    requests: Option<Requests>,
) -> Result<(Report, Option<String>), Failure> {
    let found = manager.instance(&args.provider);
    let integration = found.map_err(Failure::about_a_name)?.integration().clone();
    let descriptor = integration.descriptor();
    let category = descriptor.category.clone();
    if let Some(wanted) = args.category.as_deref()
        && wanted != category.as_str()
    {
        let name = &args.provider;
        return Err(Failure::usage(format!(
            "{name} is of the category {category}"
        )));
    }
    let run = Run {
        args,
        manager,
        descriptor,
        options,
        requests,
        names: Mutex::default(),
    };
    // Whether it may be done at all is known before anybody is called.
    match category.as_str() {
        "storage" => {
            integration.connect().await?;
            run.storage().await
        }
        "calendar" => run.calendar().await,
        "payment" => run.payment().await,
        "video" => {
            integration.connect().await?;
            run.video().await
        }
        "email" => run.email().await,
        "auth" => run.auth().await,
        other => Err(Failure::usage(format!(
            "there is no suite for the category {other} here; run its own from a test"
        ))),
    }
}

struct Run<'a> {
    args: &'a Args,
    manager: &'a Manager,
    descriptor: &'a Descriptor,
    options: Options,
    requests: Option<Requests>,
    /// What the names of everything that was made begin with.
    names: Mutex<Vec<String>>,
}

impl Run<'_> {
    fn remember(&self, name: &str) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.push(name.to_owned());
    }

    fn made(&self) -> Vec<String> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.clone()
    }

    /// An embedded provider, in this process.
    fn is_embedded(&self) -> bool {
        self.descriptor.provider == "local"
    }

    async fn storage(&self) -> Result<(Report, Option<String>), Failure> {
        let storage = self.manager.storage(&self.args.provider)?;
        // Nobody serves the addresses that an embedded store signs.
        let redeem = match self.is_embedded() {
            true => None,
            false => Some(redeem()?),
        };
        let make = || {
            let mut harness = storage::Harness::new(storage.clone());
            harness.redeem.clone_from(&redeem);
            harness.requests.clone_from(&self.requests);
            self.remember(&harness.prefix);
            async move { harness }
        };
        let suite = storage::suite();
        let report = run_suite(&suite, &self.args.provider, make, &self.options).await;
        Ok((report, left(clean::objects(&storage, &self.made()).await)))
    }

    async fn calendar(&self) -> Result<(Report, Option<String>), Failure> {
        let calendar = self.manager.calendar(&self.args.provider)?;
        if !calendar.capabilities().calendar_write {
            return Err(Failure::usage(format!(
                "{} cannot make calendars, and the suite writes into no other than its own; run it \
                 from a test, over an account that is there for that",
                self.args.provider
            )));
        }
        calendar.provider().connect().await?;
        let home = clean::home(&calendar).await?;
        self.remember(&home.name);
        let make = || {
            let mut harness = calendar::Harness::new(calendar.clone(), home.id.clone());
            harness.requests.clone_from(&self.requests);
            self.remember(&harness.label);
            async move { harness }
        };
        let suite = calendar::suite();
        let report = run_suite(&suite, &self.args.provider, make, &self.options).await;
        Ok((
            report,
            left(clean::calendars(&calendar, &self.made()).await),
        ))
    }

    async fn payment(&self) -> Result<(Report, Option<String>), Failure> {
        may_pay(self.descriptor)?;
        let instruments = match &self.args.instrument {
            Some(token) => payment::Instruments::new(Instrument::token(token.as_str())),
            None if self.is_embedded() => local::instruments(),
            None => {
                return Err(Failure::usage(
                    "name the sandbox's token of a card that pays with --instrument",
                ));
            }
        };
        let payments = self.manager.payments(&self.args.provider)?;
        payments.provider().connect().await?;
        let make = || {
            let mut harness = payment::Harness::new(payments.clone(), instruments.clone());
            harness.requests.clone_from(&self.requests);
            async move { harness }
        };
        let suite = payment::suite();
        let report = run_suite(&suite, &self.args.provider, make, &self.options).await;
        // Nobody can take back what a ledger has; it is a sandbox's.
        Ok((report, None))
    }

    async fn video(&self) -> Result<(Report, Option<String>), Failure> {
        let meetings = self.manager.meetings(&self.args.provider)?;
        let make = || {
            let mut harness = video::Harness::new(meetings.clone());
            harness.requests.clone_from(&self.requests);
            self.remember(&harness.label);
            async move { harness }
        };
        let suite = video::suite();
        let report = run_suite(&suite, &self.args.provider, make, &self.options).await;
        Ok((report, left(clean::meetings(&meetings, &self.made()).await)))
    }

    async fn email(&self) -> Result<(Report, Option<String>), Failure> {
        may_send(self.descriptor, self.args.email_domain.as_deref())?;
        let from = self.args.email_from.as_deref().map(str::parse::<Mailbox>);
        let from = from.transpose()?;
        let mailer = self.manager.mailer(&self.args.provider)?;
        mailer.provider().connect().await?;
        let make = || {
            let mut harness = email::Harness::new(mailer.clone());
            harness.requests.clone_from(&self.requests);
            if let Some(domain) = &self.args.email_domain {
                harness = harness.with_domain(domain);
            }
            if let Some(from) = &from {
                harness = harness.with_from(from.clone());
            }
            if !self.is_embedded() {
                harness = harness.with_patience(PATIENCE);
            }
            self.remember(&harness.label);
            async move { harness }
        };
        let suite = email::suite();
        let report = run_suite(&suite, &self.args.provider, make, &self.options).await;
        Ok((report, left(clean::mail(&mailer, &self.made()).await)))
    }

    async fn auth(&self) -> Result<(Report, Option<String>), Failure> {
        let sign_in = self.manager.sign_in(&self.args.provider)?;
        sign_in.provider().connect().await?;
        let callback = match &self.args.redirect_uri {
            Some(uri) => uri.clone(),
            None => local::callback()?,
        };
        let make = || {
            let mut harness = auth::Harness::new(sign_in.clone(), callback.clone(), no_browser());
            harness.requests.clone_from(&self.requests);
            async move { harness }
        };
        let suite = auth::suite();
        let options = without_a_browser(&suite, self.options.clone());
        let report = run_suite(&suite, &self.args.provider, make, &options).await;
        Ok((report, None))
    }
}

/// Payments are made in a sandbox only, and no argument changes that.
fn may_pay(descriptor: &Descriptor) -> Result<(), Failure> {
    if descriptor.sandbox {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{} does not say that it is a sandbox (a vendor's test mode), and the suite pays: it runs \
         against nothing else",
        descriptor.name
    )))
}

/// Mail goes out in a sandbox, or to a domain that was named.
fn may_send(descriptor: &Descriptor, domain: Option<&str>) -> Result<(), Failure> {
    if descriptor.sandbox || domain.is_some() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{} does not say that it is a sandbox, and the suite sends mail to made-up addresses: name \
         a domain whose mail nobody gets with --email-domain",
        descriptor.name
    )))
}

/// How long to wait for what a service counts later than it answers.
const PATIENCE: Duration = Duration::from_secs(5);

fn left(cleaned: Result<(), Failure>) -> Option<String> {
    let failure = cleaned.err()?;
    Some(format!(
        "the suite has ended, and what it made could not all be removed: {}",
        failure.line
    ))
}

/// Sends presigned requests over HTTP, without credentials.
fn redeem() -> Done<storage::Redeem> {
    // To where the store itself is; whether that is encrypted was decided when it was configured.
    let transport = HttpTransport::new(TransportConfig::new().with_plain_http())?;
    Ok(Arc::new(move |presigned, body| {
        let transport = transport.clone();
        Box::pin(async move {
            let mut request = Request::new(Body::from(body));
            *request.method_mut() = presigned.method;
            *request.headers_mut() = presigned.headers;
            *request.uri_mut() = presigned
                .url
                .as_str()
                .parse()
                .map_err(|_| Error::invalid_input("the presigned URL is no address"))?;
            let response = transport.send(request).await?;
            let status = response.status().as_u16();
            Ok((status, response.bytes().await?))
        })
    }))
}

fn no_browser() -> auth::Browser {
    Arc::new(|_, _| {
        let text = "the command line is no browser";
        Box::pin(async move { Err(Error::new(ErrorKind::Internal, text)) })
    })
}

/// The behaviours of sign-in in which nobody has to sign in.
const WITHOUT_A_BROWSER: [&str; 13] = [
    "the_address_carries_what_protects_it",
    "every_sign_in_has_secrets_of_its_own",
    "a_made_up_token_has_no_profile",
    "a_made_up_refresh_token_is_refused",
    "the_application_has_tokens_of_its_own",
    "a_scope_that_is_not_known_is_refused",
    "polling_too_fast_is_told",
    "a_made_up_device_code_is_refused",
    "users_are_listed_and_found",
    "a_user_is_found_by_address",
    "a_missing_user_is_not_found",
    "wrong_input_is_refused",
    "refusing_wrong_input_sends_nothing",
];

/// Skips what nobody can do without a browser.
fn without_a_browser(
    suite: &integrations_conformance::Suite<auth::Harness>,
    mut options: Options,
) -> Options {
    for behaviour in &suite.behaviours {
        if !WITHOUT_A_BROWSER.contains(&behaviour.name) {
            let why = "it needs a browser in which a user signs in; run it from a test";
            options = options.except(behaviour.name, why);
        }
    }
    options
}

#[cfg(test)]
mod tests;
