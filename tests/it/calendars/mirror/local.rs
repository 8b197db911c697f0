//! At the embedded provider.

use integrations::calendar::Calendar;
use integrations::calendar::mirror::MemoryMirror;
use integrations_local::calendar::LocalCalendar;

use super::edits;
use super::soak::{Length, World, soak};

#[tokio::test]
async fn a_mirror_of_an_embedded_calendar_is_the_calendar() {
    for seed in 1..=2 {
        let local = LocalCalendar::in_memory();
        let calendar = Calendar::new(local.clone());
        let id = calendar.list_calendars().all().await.unwrap().remove(0).id;
        let world = World {
            direct: calendar.clone(),
            faulty: calendar,
            id: id.clone(),
            expire: async || local.expire_sync_tokens(&id).await.unwrap(),
            zone: "Europe/Berlin",
        };
        let length = Length {
            edits: edits(500),
            seed,
        };
        soak(world, MemoryMirror::new(), length).await;
    }
}
