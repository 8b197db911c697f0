//! The email suite over the local service in memory, in a folder and with fewer abilities; what the
//! folder promises; the faults that the suite must catch.
#![allow(clippy::unwrap_used)] // Helpers of tests, which clippy does not take for tests.

mod faults;
mod faulty;
mod folder;

use std::sync::Arc;

use integrations_conformance::email::{Happening, Harness};
use integrations_core::Error;
use integrations_core::email::{AbTestSupport, EmailCapabilities, Mailer};
use integrations_local::email::LocalMailer;

/// A harness whose recipients, senders and clock are the local service's, and whose calls go
/// through `mailer`.
pub(crate) fn harness(local: &LocalMailer, mailer: Mailer) -> Harness {
    let [reader, world, clock, sender] = [local, local, local, local].map(Clone::clone);
    let counted = local.clone();
    Harness::new(mailer)
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

/// evidence: local_email: suite: own reference: memory
mod memory {
    integrations_conformance::email_tests!(
        async {
            let local = integrations_local::email::LocalMailer::in_memory();
            super::harness(&local, local.clone().into())
        },
        complete
    );
}

/// evidence: local_email: suite: own reference: folder
mod in_folder {
    integrations_conformance::email_tests!(
        async {
            // The folder is left to the system's temporary files: the harness outlives this block.
            let folder = tempfile::tempdir().unwrap().keep();
            let local = integrations_local::email::LocalMailer::open(&folder)
                .await
                .unwrap();
            super::harness(&local, local.clone().into())
        },
        complete
    );
}

#[tokio::test]
async fn no_behaviour_is_skipped() {
    let suite = integrations_conformance::email::suite();
    let make = || async {
        let local = LocalMailer::in_memory();
        harness(&local, local.clone().into())
    };
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "local", make, &options).await;
    assert!(report.is_green() && report.skipped == 0, "{report}");
}

#[tokio::test]
async fn with_fewer_abilities_the_suite_holds_and_what_is_missing_is_refused() {
    let suite = integrations_conformance::email::suite();
    let make = || async {
        let least = EmailCapabilities::new();
        let local = LocalMailer::in_memory().with_capabilities(least);
        harness(&local, local.clone().into())
    };
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "local", make, &options).await;
    assert!(report.is_green() && report.skipped > 0, "{report}");
}

type Take = fn(&mut EmailCapabilities);

/// Every ability, each with a way to take it away.
const ABILITIES: &[(&str, Take)] = &[
    ("batch", |c| c.batch = false),
    ("raw", |c| c.raw = false),
    ("attachments", |c| c.attachments = false),
    ("inline_images", |c| c.inline_images = false),
    ("amp", |c| c.amp = false),
    ("headers", |c| c.headers = false),
    ("multiple_reply_to", |c| c.multiple_reply_to = false),
    ("tags", |c| c.tags = false),
    ("metadata", |c| c.metadata = false),
    ("merge_inline", |c| c.merge_inline = false),
    ("templates", |c| c.templates = false),
    ("template_versions", |c| c.template_versions = false),
    ("template_preview", |c| c.template_preview = false),
    ("schedule", |c| c.schedule = false),
    ("cancel_scheduled", |c| c.cancel_scheduled = false),
    ("track_opens", |c| c.track_opens = false),
    ("track_clicks", |c| c.track_clicks = false),
    ("list_unsubscribe", |c| c.list_unsubscribe = false),
    ("unsubscribe_groups", |c| c.unsubscribe_groups = false),
    ("envelope_sender", |c| c.envelope_sender = false),
    ("idempotency", |c| c.idempotency = false),
    ("create_idempotency", |c| c.create_idempotency = false),
    ("suppressions", |c| c.suppressions = false),
    ("suppression_adds", |c| c.suppression_adds.clear()),
    ("stats", |c| c.stats = false),
    ("stats_by_tag", |c| c.stats_by_tag = false),
    ("events", |c| c.events = false),
    ("validation", |c| c.validation = false),
    ("validation_batch", |c| c.validation_batch = false),
    ("inbound_routes", |c| c.inbound_routes = false),
    ("ab_tests", |c| c.ab_tests = AbTestSupport::None),
    ("ab_tests that run", |c| c.ab_tests = AbTestSupport::Read),
];

#[tokio::test]
async fn each_ability_can_be_missing_alone() {
    let suite = integrations_conformance::email::suite();
    let options = integrations_conformance::Options::default();
    let mut wrong = Vec::new();
    for (name, take) in ABILITIES {
        let make = || async {
            let local = LocalMailer::in_memory();
            let mut rest = integrations_core::email::EmailProvider::capabilities(&local).clone();
            take(&mut rest);
            let local = local.with_capabilities(rest);
            harness(&local, local.clone().into())
        };
        let report = integrations_conformance::run(&suite, name, make, &options).await;
        if !report.is_green() || report.skipped == 0 {
            wrong.push(report.to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
