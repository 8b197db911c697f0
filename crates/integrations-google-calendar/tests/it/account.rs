//! An account at the stand-in, over a line that can fail.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use integrations_core::guard::{Backoff, Guard};
use integrations_core::testing::{CountingTransport, FaultyTransport};
use integrations_google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use integrations_sandbox::discovery::Discovery;
use integrations_sandbox::google_calendar::{GoogleCalendar as StandIn, OWNER, TOKEN};

/// Google's discovery document, where it is at hand. Says so when it is not there.
static DISCOVERY: LazyLock<Option<Arc<Discovery>>> = LazyLock::new(|| {
    let named = std::env::var_os("INTEGRATIONS_SPECS").map(PathBuf::from);
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    let path = named.unwrap_or_else(beside);
    match std::fs::read(path.join("google/google-calendar.v3.json")) {
        Ok(text) => Some(Arc::new(Discovery::read(&text).unwrap())),
        Err(_) => {
            eprintln!("skipped: Google's discovery document is not there; set INTEGRATIONS_SPECS");
            None
        }
    }
});

/// Google's discovery document.
pub(crate) fn discovery() -> Option<Arc<Discovery>> {
    DISCOVERY.clone()
}

/// A stand-in that refuses, by a panic, every request that Google does not describe, and every answer.
pub(crate) fn stand_in() -> StandIn {
    let google = StandIn::of(OWNER, "Europe/London");
    let Some(discovery) = discovery() else {
        return google;
    };
    google.with_observer(move |request, response| {
        let path = request.uri().path_and_query().unwrap().as_str();
        let verb = request.method().as_str();
        let mut wrong = discovery.check_request(verb, path, request.body());
        if response.status().is_success() {
            wrong.extend(discovery.check_answer(verb, path, response.body()));
        }
        let body = String::from_utf8_lossy(request.body());
        assert!(wrong.is_empty(), "{verb} {path} {body}: {wrong:?}");
    })
}

/// An account at a stand-in, and the line to it.
pub(crate) struct Account {
    pub(crate) google: StandIn,
    pub(crate) line: Arc<FaultyTransport>,
    pub(crate) sent: CountingTransport<Arc<FaultyTransport>>,
    pub(crate) provider: GoogleCalendar,
}

pub(crate) fn account() -> Account {
    account_at(stand_in())
}

pub(crate) fn account_at(google: StandIn) -> Account {
    let server = google.clone();
    let line = Arc::new(FaultyTransport::answering(move |request| {
        server.answer(request)
    }));
    let sent = CountingTransport::new(line.clone());
    let config = GoogleCalendarConfig::with_token(TOKEN);
    let provider = GoogleCalendar::with_transport(config, sent.clone()).unwrap();
    // The waits between attempts are the same in every run.
    let guard = Guard::builder()
        .backoff(Backoff::default())
        .seed(7)
        .build()
        .unwrap();
    Account {
        provider: provider.with_guard(guard),
        google,
        line,
        sent,
    }
}
