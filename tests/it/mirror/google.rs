//! At the stand-in of Google Calendar, under paused time.

use std::sync::Arc;

use integrations::calendar::Calendar;
use integrations::calendar::mirror::MemoryMirror;
use integrations::google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use integrations::guard::{Backoff, Guard};
use integrations::testing::{FaultPlan, FaultyTransport};
use integrations_sandbox::google_calendar::{GoogleCalendar as StandIn, OWNER, TOKEN};

use super::edits;
use super::soak::{Length, World, soak};

fn account(google: &StandIn, plan: Option<FaultPlan>) -> Calendar {
    let server = google.clone();
    let mut line = FaultyTransport::answering(move |request| server.answer(request));
    if let Some(plan) = plan {
        line = line.with_plan(plan);
    }
    let config = GoogleCalendarConfig::with_token(TOKEN);
    let provider = GoogleCalendar::with_transport(config, Arc::new(line)).unwrap();
    // The waits between attempts are the same in every run.
    let guard = Guard::builder()
        .backoff(Backoff::default())
        .seed(7)
        .without_breaker();
    Calendar::new(provider.with_guard(guard.build().unwrap()))
}

/// evidence: google_calendar: sync.sync_page: own reference: a copy under random edits, faults and tokens that are too old
#[tokio::test(start_paused = true)]
async fn a_mirror_of_google_calendar_is_the_calendar() {
    for seed in 1..=2 {
        let google = StandIn::of(OWNER, "Europe/London");
        let aged = google.clone();
        let world = World {
            direct: account(&google, None),
            faulty: account(&google, Some(FaultPlan::seeded(seed).with_share(0.2))),
            id: "primary".into(),
            expire: async move || aged.expire_sync_tokens("primary"),
            zone: "Europe/Berlin",
        };
        let length = Length {
            edits: edits(400),
            seed,
        };
        soak(world, MemoryMirror::new(), length).await;
    }
}
