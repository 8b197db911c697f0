//! At the three CalDAV servers.

use std::sync::Arc;
use std::time::Duration;

use integrations::caldav::{CalDav, CalDavConfig};
use integrations::calendar::{Calendar, CalendarId, NewCalendar};
use integrations::guard::{Backoff, Guard};
use integrations::testing::{Fault, FaultyServer};
use integrations::{IdempotencyKey, Integration};

use super::{Account, Line};

/// A server, and where it is found.
#[derive(Debug, Clone, Copy)]
pub(in crate::calendars) struct Server {
    name: &'static str,
    variable: &'static str,
    asks: bool,
}

pub(in crate::calendars) const RADICALE: Server = Server {
    name: "Radicale",
    variable: "INTEGRATIONS_RADICALE_ENDPOINT",
    asks: true,
};
pub(in crate::calendars) const XANDIKOS: Server = Server {
    name: "Xandikos",
    variable: "INTEGRATIONS_XANDIKOS_ENDPOINT",
    // Over plain HTTP it asks nobody who they are.
    asks: false,
};
pub(in crate::calendars) const CYRUS: Server = Server {
    name: "Cyrus",
    variable: "INTEGRATIONS_CYRUS_ENDPOINT",
    asks: true,
};

impl Server {
    pub(in crate::calendars) fn endpoint(self) -> Option<String> {
        let set = std::env::var(self.variable).ok();
        let endpoint = set.filter(|text| !text.is_empty());
        if endpoint.is_none() {
            let required = std::env::var("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_ok();
            assert!(!required, "the counterpart {} is not running", self.name);
            let name = self.name;
            eprintln!("skipped: the counterpart {name} is not running; use `cargo xtask test`");
        }
        endpoint
    }

    pub(in crate::calendars) fn config(self, url: impl Into<String>) -> CalDavConfig {
        let config = CalDavConfig::new(url);
        match self.asks {
            true => config.with_password("alice", "secret"),
            false => config,
        }
    }
}

/// What does not keep the test waiting.
pub(in crate::calendars) fn faults() -> Vec<Fault> {
    vec![
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::page_after(500),
        Fault::status_after(503),
        Fault::status(503),
        Fault::rate_limited("0"),
        Fault::NoLength,
        Fault::Truncate(5),
        Fault::page(200),
        Fault::page(502),
    ]
}

/// Attempts that follow at once.
pub(in crate::calendars) fn guard() -> Guard {
    let (least, most) = (Duration::from_millis(1), Duration::from_millis(2));
    let guard = Guard::builder().backoff(Backoff::new(least, most));
    guard.without_breaker().build().unwrap()
}

pub(in crate::calendars) async fn new_calendar(direct: &Calendar, name: &str) -> CalendarId {
    let new = NewCalendar::new(name).with_key(IdempotencyKey::random());
    direct.create_calendar(new).await.unwrap().id
}

/// An account with two new calendars.
pub(in crate::calendars) async fn account(server: Server) -> Option<Account> {
    let endpoint = server.endpoint()?;
    let direct = CalDav::new(server.config(endpoint.clone())).unwrap();
    direct.connect().await.unwrap();
    let direct = Calendar::new(direct);
    let line = Arc::new(FaultyServer::before(&endpoint).await.unwrap());
    let faulty = CalDav::new(server.config(line.url()))
        .unwrap()
        .with_guard(guard());
    faulty.connect().await.unwrap();
    Some(Account {
        home: new_calendar(&direct, "Home").await,
        other: new_calendar(&direct, "Other").await,
        faulty: Calendar::new(faulty),
        line: Line::Server(line),
        owner: None,
        direct,
    })
}
