//! At the stand-in of Google Calendar, under paused time.

use std::sync::Arc;

use integrations::calendar::mirror::MemoryMirror;
use integrations::testing::FaultPlan;
use integrations_sandbox::google_calendar::{GoogleCalendar as StandIn, OWNER};

use super::edits;
use super::soak::{Length, World, soak};
use crate::calendars::accounts::google::{line, over};

/// evidence: google_calendar: sync.sync_page: own reference: a copy under random edits, faults and tokens that are too old
#[tokio::test(start_paused = true)]
async fn a_mirror_of_google_calendar_is_the_calendar() {
    for seed in 1..=2 {
        let google = StandIn::of(OWNER, "Europe/London");
        let aged = google.clone();
        let plan = FaultPlan::seeded(seed).with_share(0.2);
        let world = World {
            direct: over(Arc::new(line(&google))),
            faulty: over(Arc::new(line(&google).with_plan(plan))),
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
