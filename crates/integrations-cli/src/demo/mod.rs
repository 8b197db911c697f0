//! `integrations demo`: a quick tour of all six categories through their handles.

mod auth;
mod calendar;
mod email;
mod log;
mod payment;
mod storage;
mod video;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use integrations::Category;
use integrations::auth::SignIn;
use integrations::calendar::Calendar;
use integrations::email::Mailer;
use integrations::local::auth::LocalSignIn;
use integrations::local::calendar::LocalCalendar;
use integrations::local::email::LocalMailer;
use integrations::local::payment::LocalPayments;
use integrations::local::storage::LocalStorage;
use integrations::local::video::LocalMeetings;
use integrations::payment::Payments;
use integrations::storage::Storage;
use integrations::video::Meetings;

use crate::output::Output;
use crate::{Failure, Outcome, open};
use log::Log;

/// What the tour uses.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Use what is configured instead of the embedded providers. What the tour makes it takes away
    /// again.
    #[arg(long)]
    configured: bool,
    /// With --configured: where the tour's mail goes. Without it no mail is sent.
    #[arg(long, value_name = "ADDRESS", requires = "configured")]
    email: Option<String>,
    /// With --configured: the sandbox's token of a card that pays. Without it nothing is paid.
    #[arg(long, value_name = "TOKEN", requires = "configured")]
    instrument: Option<String>,
}

/// The handles of the tour, and what plays the rest of the world where it is embedded.
struct Tour {
    calendar: Option<Calendar>,
    payments: Option<(Payments, Option<String>)>,
    meetings: Option<(Meetings, Option<LocalMeetings>)>,
    mailer: Option<(Mailer, Option<String>, Option<LocalMailer>)>,
    storage: Option<Storage>,
    sign_in: Option<(SignIn, Option<LocalSignIn>)>,
}

impl Tour {
    fn embedded() -> Result<Self, Failure> {
        let (rooms, mail, users) = (
            LocalMeetings::in_memory(),
            LocalMailer::in_memory(),
            LocalSignIn::in_memory()?,
        );
        Ok(Self {
            calendar: Some(LocalCalendar::in_memory().into()),
            payments: Some((
                LocalPayments::in_memory().into(),
                Some("tok_visa".to_owned()),
            )),
            meetings: Some((rooms.clone().into(), Some(rooms))),
            mailer: Some((
                mail.clone().into(),
                Some("ada@example.com".to_owned()),
                Some(mail),
            )),
            storage: Some(LocalStorage::in_memory().into()),
            sign_in: Some((users.clone().into(), Some(users))),
        })
    }

    async fn configured(args: &Args, file: Option<&Path>) -> Result<Self, Failure> {
        // Only what the tour visits is made: the first of each category.
        let known = open(file, [""; 0]).await?;
        let mut chosen: BTreeMap<Category, String> = BTreeMap::new();
        for entry in known.entries().into_iter().filter(|entry| entry.enabled) {
            let factory = known.registry().factory(&entry.provider)?;
            let category = factory.category().clone();
            chosen.entry(category).or_insert(entry.name);
        }
        chosen.retain(|category, _| Category::BUILT_IN.contains(category));
        if chosen.is_empty() {
            return Err(Failure::config(
                "nothing is configured and switched on, so that there is nothing to visit: name \
                 integrations in integrations.toml, or leave out --configured",
            ));
        }
        let manager = open(file, chosen.values().cloned()).await?;
        let first = |category: &Category| chosen.get(category);
        let calendar = first(&Category::CALENDAR).map(|name| manager.calendar(name));
        let payments = first(&Category::PAYMENT).map(|name| manager.payments(name));
        let meetings = first(&Category::VIDEO).map(|name| manager.meetings(name));
        let mailer = first(&Category::EMAIL).map(|name| manager.mailer(name));
        let storage = first(&Category::STORAGE).map(|name| manager.storage(name));
        let sign_in = first(&Category::AUTH).map(|name| manager.sign_in(name));
        Ok(Self {
            calendar: calendar.transpose()?,
            payments: payments
                .transpose()?
                .map(|handle| (handle, args.instrument.clone())),
            meetings: meetings.transpose()?.map(|handle| (handle, None)),
            mailer: mailer
                .transpose()?
                .map(|handle| (handle, args.email.clone(), None)),
            storage: storage.transpose()?,
            sign_in: sign_in.transpose()?.map(|handle| (handle, None)),
        })
    }
}

pub(crate) async fn run(args: Args, file: Option<&Path>, output: &Output) -> Outcome {
    let tour = if args.configured {
        Tour::configured(&args, file).await?
    } else {
        Tour::embedded()?
    };
    output.note(if args.configured {
        "Six categories through one interface, over what is configured."
    } else {
        "Six categories through one interface, over the embedded providers: nothing leaves this machine."
    });
    let mut log = Log::new(output);
    match &tour.calendar {
        Some(handle) => {
            log.begin("calendar", "Calendar", &handle.provider().descriptor().name);
            calendar::run(handle, &mut log).await;
        }
        None => log.absent("calendar", "Calendar"),
    }
    match &tour.payments {
        Some((handle, instrument)) => {
            log.begin("payment", "Payments", &handle.provider().descriptor().name);
            payment::run(handle, instrument.as_deref(), &mut log).await;
        }
        None => log.absent("payment", "Payments"),
    }
    match &tour.meetings {
        Some((handle, rooms)) => {
            log.begin("video", "Meetings", &handle.provider().descriptor().name);
            video::run(handle, rooms.as_ref(), &mut log).await;
        }
        None => log.absent("video", "Meetings"),
    }
    match &tour.mailer {
        Some((handle, to, local)) => {
            log.begin("email", "Mailer", &handle.provider().descriptor().name);
            email::run(handle, to.as_deref(), local.as_ref(), &mut log).await;
        }
        None => log.absent("email", "Mailer"),
    }
    match &tour.storage {
        Some(handle) => {
            log.begin("storage", "Storage", &handle.provider().descriptor().name);
            storage::run(handle, &mut log).await;
        }
        None => log.absent("storage", "Storage"),
    }
    match &tour.sign_in {
        Some((handle, users)) => {
            log.begin("auth", "SignIn", &handle.provider().descriptor().name);
            auth::run(handle, users.as_ref(), &mut log).await;
        }
        None => log.absent("auth", "SignIn"),
    }
    Ok(if log.end() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
