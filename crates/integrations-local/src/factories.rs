//! How the embedded providers are made from a configuration.

use integrations_core::config::{Field, Settings};
use integrations_core::registry::{Factory, Instance};
use integrations_core::{Category, Result};

/// Every embedded provider takes the same: where to keep things.
const FIELDS: &[Field] = &[Field::text(
    "path",
    "The folder to keep everything in; without it everything is in memory and gone with the process.",
)];

fn path(settings: &Settings) -> Option<&str> {
    settings.text("path")
}

/// The factories of the embedded providers whose features are on.
#[must_use]
pub fn factories() -> Vec<Factory> {
    let factories = vec![
        #[cfg(feature = "calendar")]
        Factory::new(
            "local_calendar",
            Category::CALENDAR,
            "Calendars in memory or as folders of .ics files.",
            FIELDS,
            calendar,
        ),
        #[cfg(feature = "email")]
        Factory::new(
            "local_email",
            Category::EMAIL,
            "An outbox of `.eml` files, in memory or in a folder.",
            FIELDS,
            email,
        ),
        #[cfg(feature = "payment")]
        Factory::new(
            "local_payment",
            Category::PAYMENT,
            "A ledger with test cards that decline or ask for an action.",
            FIELDS,
            payment,
        ),
        #[cfg(feature = "video")]
        Factory::new(
            "local_video",
            Category::VIDEO,
            "Meetings with links that lead nowhere, in memory or in a folder.",
            FIELDS,
            video,
        ),
        #[cfg(feature = "auth")]
        Factory::new(
            "local_auth",
            Category::AUTH,
            "A list of users who sign in with signed ID tokens.",
            FIELDS,
            auth,
        ),
        #[cfg(feature = "storage")]
        Factory::new(
            "local_storage",
            Category::STORAGE,
            "Objects in memory or as files in a folder.",
            FIELDS,
            storage,
        ),
    ];
    let local = |factory: Factory| factory.with_vendor("local");
    factories.into_iter().map(local).collect()
}

#[cfg(feature = "calendar")]
async fn calendar(settings: Settings) -> Result<Instance> {
    use crate::calendar::LocalCalendar;
    let provider = match path(&settings) {
        Some(path) => LocalCalendar::in_folder(path),
        None => LocalCalendar::in_memory(),
    };
    let provider = provider.with_name(settings.name());
    Ok(integrations_core::calendar::Calendar::new(provider).into())
}

#[cfg(feature = "email")]
async fn email(settings: Settings) -> Result<Instance> {
    use crate::email::LocalMailer;
    let provider = match path(&settings) {
        Some(path) => LocalMailer::in_folder(path),
        None => LocalMailer::in_memory(),
    };
    let provider = provider.with_name(settings.name());
    Ok(integrations_core::email::Mailer::new(provider).into())
}

#[cfg(feature = "payment")]
async fn payment(settings: Settings) -> Result<Instance> {
    use crate::payment::LocalPayments;
    let provider = match path(&settings) {
        Some(path) => LocalPayments::in_folder(path),
        None => LocalPayments::in_memory(),
    };
    let provider = provider.with_name(settings.name());
    Ok(integrations_core::payment::Payments::new(provider).into())
}

#[cfg(feature = "video")]
async fn video(settings: Settings) -> Result<Instance> {
    use crate::video::LocalMeetings;
    let provider = match path(&settings) {
        Some(path) => LocalMeetings::in_folder(path),
        None => LocalMeetings::in_memory(),
    };
    let provider = provider.with_name(settings.name());
    Ok(integrations_core::video::Meetings::new(provider).into())
}

#[cfg(feature = "auth")]
async fn auth(settings: Settings) -> Result<Instance> {
    use crate::auth::LocalSignIn;
    let provider = match path(&settings) {
        Some(path) => LocalSignIn::in_folder(path),
        None => LocalSignIn::in_memory()?,
    };
    let provider = provider.with_name(settings.name());
    Ok(integrations_core::auth::SignIn::new(provider).into())
}

#[cfg(feature = "storage")]
async fn storage(settings: Settings) -> Result<Instance> {
    use crate::storage::LocalStorage;
    let store = match path(&settings) {
        Some(path) => LocalStorage::in_folder(path),
        None => LocalStorage::in_memory(),
    };
    Ok(integrations_core::storage::Storage::new(store.with_name(settings.name())).into())
}
