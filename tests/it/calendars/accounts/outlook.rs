//! At the stand-in of Microsoft Graph.

use std::sync::Arc;

use integrations::calendar::{Calendar, NewCalendar};
use integrations::guard::{Backoff, Guard};
use integrations::outlook::{Outlook, OutlookConfig};
use integrations::testing::FaultyTransport;
use integrations_sandbox::microsoft_graph::{MicrosoftGraph, OWNER, TOKEN};
use jiff::Timestamp;

use super::{Account, Line};

/// When the tests take place: the window of a synchronisation is around it.
fn now() -> Timestamp {
    "2026-06-01T06:00:00Z".parse().unwrap()
}

pub(in crate::calendars) fn stand_in() -> MicrosoftGraph {
    MicrosoftGraph::of(OWNER, "Europe/London").with_clock(now)
}

/// A line to a stand-in.
pub(in crate::calendars) fn line(graph: &MicrosoftGraph) -> FaultyTransport {
    let server = graph.clone();
    FaultyTransport::answering(move |request| server.answer(request))
}

/// The account over a line.
pub(in crate::calendars) fn over(line: Arc<FaultyTransport>) -> Calendar {
    let config = OutlookConfig::with_token(TOKEN);
    let provider = Outlook::with_transport(config, line).unwrap();
    // The waits between attempts are the same in every run.
    let guard = Guard::builder().backoff(Backoff::default()).seed(7);
    let provider = provider.with_guard(guard.without_breaker().build().unwrap());
    Calendar::new(provider.with_clock(now))
}

/// An account with another calendar. Who organizes a meeting does not answer an invitation to it.
pub(in crate::calendars) async fn account() -> Account {
    let graph = stand_in();
    let direct = over(Arc::new(line(&graph)));
    let faulty = Arc::new(line(&graph));
    Account {
        faulty: over(faulty.clone()),
        line: Line::Transport(faulty),
        home: "primary".into(),
        other: direct
            .create_calendar(NewCalendar::new("Other"))
            .await
            .unwrap()
            .id,
        owner: None,
        direct,
    }
}
