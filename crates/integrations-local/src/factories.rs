//! How the embedded providers are made from a configuration.

use std::future::{Ready, ready};
use std::sync::Arc;

use integrations_core::config::{Field, Settings};
use integrations_core::registry::{Factory, Instance};
use integrations_core::{Category, Result};

/// Every embedded provider takes the same: where to keep things.
const FIELDS: &[Field] = &[Field::text(
    "path",
    "The folder to keep everything in; without it everything is in memory and gone with the process.",
)];

/// Tells how often what a provider keeps was read or written so far.
pub type Requests = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Makes a provider of its settings.
type Make = fn(&Settings) -> Result<(Instance, Requests)>;

fn path(settings: &Settings) -> Option<&str> {
    settings.text("path")
}

/// The factories of the embedded providers whose features are on.
#[must_use]
pub fn factories() -> Vec<Factory> {
    counted_factories(|_, _| {})
}

/// As [`factories`]. Of each provider that they make, `made` is given the name and what its method
/// `requests` answers, as it is at the time of the asking.
pub fn counted_factories(made: impl Fn(&str, Requests) + Send + Sync + 'static) -> Vec<Factory> {
    let made: Arc<Made> = Arc::new(made);
    let by = |make: Make| builder(make, Arc::clone(&made));
    let factories = vec![
        #[cfg(feature = "calendar")]
        Factory::new(
            "local_calendar",
            Category::CALENDAR,
            "Calendars in memory or as folders of .ics files.",
            FIELDS,
            by(calendar),
        ),
        #[cfg(feature = "email")]
        Factory::new(
            "local_email",
            Category::EMAIL,
            "An outbox of `.eml` files, in memory or in a folder.",
            FIELDS,
            by(email),
        ),
        #[cfg(feature = "payment")]
        Factory::new(
            "local_payment",
            Category::PAYMENT,
            "A ledger with test cards that decline or ask for an action.",
            FIELDS,
            by(payment),
        ),
        #[cfg(feature = "video")]
        Factory::new(
            "local_video",
            Category::VIDEO,
            "Meetings with links that lead nowhere, in memory or in a folder.",
            FIELDS,
            by(video),
        ),
        #[cfg(feature = "auth")]
        Factory::new(
            "local_auth",
            Category::AUTH,
            "A list of users who sign in with signed ID tokens.",
            FIELDS,
            by(auth),
        ),
        #[cfg(feature = "storage")]
        Factory::new(
            "local_storage",
            Category::STORAGE,
            "Objects in memory or as files in a folder.",
            FIELDS,
            by(storage),
        ),
    ];
    let local = |factory: Factory| factory.with_vendor("local");
    factories.into_iter().map(local).collect()
}

/// Hears of what was made.
type Made = dyn Fn(&str, Requests) + Send + Sync;

/// How a factory makes a provider, and tells `made` of it.
fn builder(make: Make, made: Arc<Made>) -> impl Fn(Settings) -> Ready<Result<Instance>> {
    move |settings| {
        ready(make(&settings).map(|(instance, requests)| {
            made(settings.name(), requests);
            instance
        }))
    }
}

#[cfg(feature = "calendar")]
fn calendar(settings: &Settings) -> Result<(Instance, Requests)> {
    use crate::calendar::LocalCalendar;
    let provider = match path(settings) {
        Some(path) => LocalCalendar::in_folder(path),
        None => LocalCalendar::in_memory(),
    };
    let provider = provider.with_name(settings.name());
    let counted = provider.clone();
    let handle = integrations_core::calendar::Calendar::new(provider);
    Ok((handle.into(), Arc::new(move || counted.requests())))
}

#[cfg(feature = "email")]
fn email(settings: &Settings) -> Result<(Instance, Requests)> {
    use crate::email::LocalMailer;
    let provider = match path(settings) {
        Some(path) => LocalMailer::in_folder(path),
        None => LocalMailer::in_memory(),
    };
    let provider = provider.with_name(settings.name());
    let counted = provider.clone();
    let handle = integrations_core::email::Mailer::new(provider);
    Ok((handle.into(), Arc::new(move || counted.requests())))
}

#[cfg(feature = "payment")]
fn payment(settings: &Settings) -> Result<(Instance, Requests)> {
    use crate::payment::LocalPayments;
    let provider = match path(settings) {
        Some(path) => LocalPayments::in_folder(path),
        None => LocalPayments::in_memory(),
    };
    let provider = provider.with_name(settings.name());
    let counted = provider.clone();
    let handle = integrations_core::payment::Payments::new(provider);
    Ok((handle.into(), Arc::new(move || counted.requests())))
}

#[cfg(feature = "video")]
fn video(settings: &Settings) -> Result<(Instance, Requests)> {
    use crate::video::LocalMeetings;
    let provider = match path(settings) {
        Some(path) => LocalMeetings::in_folder(path),
        None => LocalMeetings::in_memory(),
    };
    let provider = provider.with_name(settings.name());
    let counted = provider.clone();
    let handle = integrations_core::video::Meetings::new(provider);
    Ok((handle.into(), Arc::new(move || counted.requests())))
}

#[cfg(feature = "auth")]
fn auth(settings: &Settings) -> Result<(Instance, Requests)> {
    use crate::auth::LocalSignIn;
    let provider = match path(settings) {
        Some(path) => LocalSignIn::in_folder(path),
        None => LocalSignIn::in_memory()?,
    };
    let provider = provider.with_name(settings.name());
    let counted = provider.clone();
    let handle = integrations_core::auth::SignIn::new(provider);
    Ok((handle.into(), Arc::new(move || counted.requests())))
}

#[cfg(feature = "storage")]
fn storage(settings: &Settings) -> Result<(Instance, Requests)> {
    use crate::storage::LocalStorage;
    let provider = match path(settings) {
        Some(path) => LocalStorage::in_folder(path),
        None => LocalStorage::in_memory(),
    };
    let provider = provider.with_name(settings.name());
    let counted = provider.clone();
    let handle = integrations_core::storage::Storage::new(provider);
    Ok((handle.into(), Arc::new(move || counted.requests())))
}
