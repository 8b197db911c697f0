//! At the stand-in of Microsoft Graph, under paused time.

use std::sync::Arc;

use integrations::calendar::mirror::MemoryMirror;
use integrations::testing::FaultPlan;

use super::edits;
use super::soak::{Length, World, soak};
use crate::calendars::accounts::outlook::{line, over, stand_in};

/// evidence: outlook: sync.sync_page: own reference: a copy under random edits, faults and tokens that are too old
#[tokio::test(start_paused = true)]
async fn a_mirror_of_outlook_is_the_calendar() {
    for (seed, silent) in [(1, false), (2, true)] {
        let mut graph = stand_in();
        if silent {
            // Some have seen Graph leave occurrences that were deleted unsaid.
            graph = graph.with_silent_cancellations();
        }
        let aged = graph.clone();
        let plan = FaultPlan::seeded(seed).with_share(0.2);
        let direct = over(Arc::new(line(&graph)));
        // Only the provider calls it so.
        let primary = direct.get_calendar(&"primary".into()).await.unwrap().id;
        let world = World {
            direct,
            faulty: over(Arc::new(line(&graph).with_plan(plan))),
            id: "primary".into(),
            expire: async move || aged.expire_sync_tokens(primary.as_str()),
            zone: "Europe/Berlin",
        };
        let length = Length {
            edits: edits(400),
            seed,
        };
        soak(world, MemoryMirror::new(), length).await;
    }
}
