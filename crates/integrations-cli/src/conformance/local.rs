//! The suites over the embedded providers, with everything that they need.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use integrations::auth::SignIn;
use integrations::calendar::WatchId;
use integrations::local::auth::{LocalSignIn, LocalUser};
use integrations::local::calendar::LocalCalendar;
use integrations::local::email::LocalMailer;
use integrations::local::payment::{LocalPayments, Outcome, TEST_INSTRUMENTS};
use integrations::local::storage::LocalStorage;
use integrations::local::video::LocalMeetings;
use integrations::payment::{DisputeReason, Instrument};
use integrations::{Error, ErrorKind};
use integrations_conformance::auth::Decision;
use integrations_conformance::email::Happening;
use integrations_conformance::{
    Options, Report, auth, calendar, email, payment, run as run_suite, storage, video,
};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::Failure;

pub(super) async fn run(category: Option<&str>, options: &Options) -> Result<Vec<Report>, Failure> {
    let wanted = |name: &str| category.is_none_or(|category| category == name);
    let mut reports = Vec::new();
    if wanted("calendar") {
        let make = || async { calendar_harness() };
        reports.push(run_suite(&calendar::suite(), "local_calendar", make, options).await);
    }
    if wanted("payment") {
        let make = || async { payment_harness() };
        reports.push(run_suite(&payment::suite(), "local_payment", make, options).await);
    }
    if wanted("video") {
        let make = || async { video_harness() };
        reports.push(run_suite(&video::suite(), "local_video", make, options).await);
    }
    if wanted("email") {
        let make = || async { email_harness() };
        reports.push(run_suite(&email::suite(), "local_email", make, options).await);
    }
    if wanted("storage") {
        let make = || async { storage_harness() };
        reports.push(run_suite(&storage::suite(), "local_storage", make, options).await);
    }
    if wanted("auth") {
        let suite = auth::suite();
        let callback = callback()?;
        // One provider per behaviour, made beforehand: a key can fail to be made.
        let made: Result<Vec<_>, Error> = suite
            .behaviours
            .iter()
            .map(|_| LocalSignIn::in_memory())
            .collect();
        let providers = Mutex::new(made?);
        let spare = LocalSignIn::in_memory()?;
        let make = || {
            let next = providers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop();
            auth_harness(next.unwrap_or_else(|| spare.clone()), callback.clone())
        };
        reports.push(run_suite(&suite, "local_auth", make, options).await);
    }
    Ok(reports)
}

fn calendar_harness() -> calendar::Harness {
    let account = LocalCalendar::in_memory();
    let (listener, expirer) = (account.clone(), account.clone());
    let (reader, counted) = (account.clone(), account.clone());
    let counts: Arc<Mutex<HashMap<WatchId, u64>>> = Arc::default();
    calendar::Harness::new(account.clone().into(), "home".into())
        .with_me(account.owner())
        .with_requests(move || counted.requests())
        .with_notices(Arc::new(move |watch| {
            let (account, counts) = (listener.clone(), counts.clone());
            Box::pin(async move {
                let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
                for notice in account.notices() {
                    *counts.entry(notice.watch).or_default() += 1;
                }
                counts.get(&watch).copied().unwrap_or_default()
            })
        }))
        .with_expire_tokens(Arc::new(move |calendar| {
            let account = expirer.clone();
            Box::pin(async move { account.expire_sync_tokens(&calendar).await })
        }))
        .with_invitations(Arc::new(move |address| {
            let account = reader.clone();
            Box::pin(async move {
                let all = account.invitations().await?.into_iter();
                let own = all.filter(|one| one.to.contains(&address));
                Ok(own.map(|one| one.method.as_str().to_owned()).collect())
            })
        }))
}

/// The test cards of the embedded payments.
pub(super) fn instruments() -> payment::Instruments {
    let token = Instrument::token;
    let mut instruments = payment::Instruments::new(token("tok_visa"))
        .with_action(token("tok_requires_action"))
        .with_always_action(token("tok_always_requires_action"))
        .with_saved_declines(token("tok_saves_then_declined"));
    for known in TEST_INSTRUMENTS {
        if let Outcome::Declines(reason) = &known.outcome {
            instruments = instruments.with_declined(token(known.token), reason.clone());
        }
    }
    instruments
}

fn payment_harness() -> payment::Harness {
    let bank = LocalPayments::in_memory();
    let instruments = instruments();
    let (buyer, disputer, reporter) = (bank.clone(), bank.clone(), bank.clone());
    let counted = bank.clone();
    payment::Harness::new(bank.into(), instruments)
        .with_requests(move || counted.requests())
        .with_buyer(Arc::new(move |action| {
            let bank = buyer.clone();
            Box::pin(async move { bank.follow(&action).await })
        }))
        .with_open_dispute(Arc::new(move |payment| {
            let bank = disputer.clone();
            Box::pin(async move {
                bank.open_dispute(&payment, DisputeReason::NotReceived)
                    .await
            })
        }))
        .with_report_status(Arc::new(move |payment, status| {
            let bank = reporter.clone();
            Box::pin(async move { bank.report_status(&payment, &status).await })
        }))
}

fn video_harness() -> video::Harness {
    let rooms = LocalMeetings::in_memory();
    let (host, guest, recorder) = (rooms.clone(), rooms.clone(), rooms.clone());
    let counted = rooms.clone();
    video::Harness::new(rooms.into())
        .with_requests(move || counted.requests())
        .with_host(Arc::new(move |meeting| {
            let rooms = host.clone();
            Box::pin(async move { rooms.start(&meeting).await })
        }))
        .with_guest(Arc::new(move |meeting, name| {
            let rooms = guest.clone();
            Box::pin(async move { rooms.join(&meeting.id, &name).await })
        }))
        .with_record(Arc::new(move |meeting| {
            let rooms = recorder.clone();
            Box::pin(async move { rooms.record(&meeting).await })
        }))
}

fn email_harness() -> email::Harness {
    let local = LocalMailer::in_memory();
    let [reader, world, clock, sender] = [&local, &local, &local, &local].map(Clone::clone);
    let counted = local.clone();
    email::Harness::new(local.into())
        .with_requests(move || counted.requests())
        .with_mailbox(Arc::new(move |address| {
            let local = reader.clone();
            Box::pin(async move { local.mailbox(&address).await })
        }))
        .with_happen(Arc::new(move |id, to, what| {
            let local = world.clone();
            Box::pin(async move {
                match what {
                    Happening::Bounce => local.bounce(&id, &to).await,
                    Happening::Complaint => local.complain(&id, &to).await,
                    Happening::Open => local.open_mail(&id, &to).await,
                    Happening::Click(url) => local.click(&id, &to, url).await,
                    _ => Err(Error::unsupported("this happening")),
                }
            })
        }))
        .with_pass_time(Arc::new(move |by| {
            let local = clock.clone();
            Box::pin(async move { local.advance(by).await })
        }))
        .with_deliver(Arc::new(move |to, mime| {
            let local = sender.clone();
            Box::pin(async move { local.receive(&to, mime).await.map(drop) })
        }))
}

fn storage_harness() -> storage::Harness {
    let store = LocalStorage::in_memory();
    let (redeemer, counted) = (store.clone(), store.clone());
    storage::Harness::new(store.into())
        .with_redeem(Arc::new(move |request, body| {
            let store = redeemer.clone();
            Box::pin(async move {
                let (status, body) = store.redeem(&request, body, Timestamp::now()).await?;
                Ok((status.as_u16(), body))
            })
        }))
        .with_requests(move || counted.requests())
}

pub(super) fn callback() -> Result<Url, Error> {
    Url::parse("https://app.example/callback")
        .map_err(|_| Error::new(ErrorKind::Internal, "the callback of the suite is no URL"))
}

/// A harness whose clock the suite sets forward.
async fn auth_harness(provider: LocalSignIn, callback: Url) -> auth::Harness {
    let off = Arc::new(AtomicI64::new(0));
    let now = {
        let off = off.clone();
        move || {
            let off = SignedDuration::from_secs(off.load(Ordering::Relaxed));
            Timestamp::now()
                .saturating_add(off)
                .unwrap_or(Timestamp::MAX)
        }
    };
    let provider = provider
        .with_redirect_uri(callback.as_str())
        .with_clock(now.clone());
    let other = LocalUser::new("mallory").with_email("ada@example.org", false);
    // In memory there is nothing to fail.
    let _ = provider.add_user(other).await;
    let (browser, typist, rotator) = (provider.clone(), provider.clone(), provider.clone());
    let counted = provider.clone();
    let sign_in = SignIn::new(provider).with_clock(now);
    let mut unregistered = callback.clone();
    unregistered.set_path("/elsewhere");
    auth::Harness::new(
        sign_in,
        callback,
        Arc::new(move |url, decision| {
            let provider = browser.clone();
            Box::pin(async move {
                match decision {
                    Decision::Approve => provider.approve(&url, "ada").await,
                    Decision::ApproveAsOther => provider.approve(&url, "mallory").await,
                    Decision::Deny => provider.deny(&url).await,
                }
            })
        }),
    )
    .with_requests(move || counted.requests())
    .with_verified_email("ada@example.com")
    .with_other_user()
    .with_unregistered(unregistered)
    .with_device_user(Arc::new(move |device, decision| {
        let provider = typist.clone();
        Box::pin(async move {
            match decision {
                Decision::Deny => provider.deny_device(&device.user_code).await,
                _ => provider.approve_device(&device.user_code, "ada").await,
            }
        })
    }))
    .with_rotate_keys(Arc::new(move || {
        let provider = rotator.clone();
        Box::pin(async move { provider.rotate_keys().await })
    }))
    .with_wait(Arc::new(move |time| {
        off.fetch_add(
            i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
            Ordering::Relaxed,
        );
    }))
}
