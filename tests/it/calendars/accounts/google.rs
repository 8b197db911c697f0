//! At the stand-in of Google Calendar.

use std::sync::Arc;

use integrations::calendar::Calendar;
use integrations::google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use integrations::guard::{Backoff, Guard};
use integrations::testing::FaultyTransport;
use integrations_sandbox::google_calendar::{GoogleCalendar as StandIn, OWNER, TOKEN};

use super::{Account, Line};

/// A line to a stand-in.
pub(in crate::calendars) fn line(google: &StandIn) -> FaultyTransport {
    let server = google.clone();
    FaultyTransport::answering(move |request| server.answer(request))
}

/// The account over a line.
pub(in crate::calendars) fn over(line: Arc<FaultyTransport>) -> Calendar {
    let config = GoogleCalendarConfig::with_token(TOKEN);
    let provider = GoogleCalendar::with_transport(config, line).unwrap();
    // The waits between attempts are the same in every run.
    let guard = Guard::builder().backoff(Backoff::default()).seed(7);
    Calendar::new(provider.with_guard(guard.without_breaker().build().unwrap()))
}

/// An account with another calendar.
pub(in crate::calendars) async fn account() -> Account {
    let google = StandIn::of(OWNER, "Europe/London");
    let direct = over(Arc::new(line(&google)));
    let faulty = Arc::new(line(&google));
    let new = integrations::calendar::NewCalendar::new("Other");
    Account {
        faulty: over(faulty.clone()),
        line: Line::Transport(faulty),
        home: "primary".into(),
        other: direct.create_calendar(new).await.unwrap().id,
        owner: Some(OWNER),
        direct,
    }
}
