//! The video suite over the account in memory, in a folder and with fewer abilities; what the
//! folder promises; the faults that the suite must catch.

mod faults;
mod faulty;
mod folder;

use std::sync::Arc;

use integrations_conformance::video::Harness;
use integrations_core::video::{Meetings, VideoCapabilities};
use integrations_local::video::LocalMeetings;

/// A harness whose host and guests are the account's, and whose calls go through `meetings`.
pub(crate) fn harness(rooms: &LocalMeetings, meetings: Meetings) -> Harness {
    let (host, guest, recorder) = (rooms.clone(), rooms.clone(), rooms.clone());
    let counted = rooms.clone();
    Harness::new(meetings)
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

/// evidence: local_video: suite: own reference: memory
mod memory {
    integrations_conformance::video_tests!(
        async {
            let rooms = integrations_local::video::LocalMeetings::in_memory();
            super::harness(&rooms, rooms.clone().into())
        },
        complete
    );
}

/// evidence: local_video: suite: own reference: folder
mod in_folder {
    integrations_conformance::video_tests!(
        async {
            let folder = tempfile::tempdir().unwrap().keep();
            // Small pages, so that every list has several.
            let rooms = integrations_local::video::LocalMeetings::open(&folder)
                .await
                .unwrap()
                .with_page_size(2);
            super::harness(&rooms, rooms.clone().into())
        },
        complete
    );
}

#[tokio::test]
async fn no_behaviour_is_skipped() {
    let suite = integrations_conformance::video::suite();
    let make = || async {
        let rooms = LocalMeetings::in_memory();
        harness(&rooms, rooms.clone().into())
    };
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "local", make, &options).await;
    assert!(report.is_green() && report.skipped == 0, "{report}");
    assert!(report.passed >= 25, "{report}");
}

#[tokio::test]
async fn an_account_that_can_only_do_the_least_refuses_the_rest() {
    let suite = integrations_conformance::video::suite();
    let make = || async {
        let rooms = LocalMeetings::in_memory().with_capabilities(VideoCapabilities::new());
        harness(&rooms, rooms.clone().into())
    };
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "local", make, &options).await;
    assert!(report.is_green() && report.skipped > 20, "{report}");
}
