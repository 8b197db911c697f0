//! Google Calendar v3, one account of it.
//!
//! It has calendars and the calendar list, events with exceptions of series, lists with pages and
//! sync tokens, `instances`, `move`, `import`, `quickAdd`, free/busy, sharing, and channels. What
//! only Google itself can do (invitations that arrive, conferences that take place) it keeps as
//! [messages](GoogleCalendar::messages) and fixed links. The
//! paths are those of the discovery document, below `/calendar/v3`.
//!
//! Not here: batch requests, settings, colours, watching anything but events, other event types
//! than the default one, and other accounts: an address is told of an invitation, and has no
//! calendar that shows it.

mod calendars;
mod channels;
mod conference;
mod events;
mod free_busy;
mod list;
mod refusal;
mod route;
mod rules;
mod series;
mod state;
mod times;
mod write;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

pub use refusal::Refusal;
use state::State;

use crate::Handler;

/// The access token that it takes.
pub const TOKEN: &str = "sandbox-token";

/// The account's address when none is set (RFC 2606 reserves the domain).
pub const OWNER: &str = "owner@example.com";

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
type Observer = Arc<dyn Fn(&Request<Bytes>, &Response<Bytes>) + Send + Sync>;

/// A notice that a channel's address gets: its headers, and no body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// Where it goes.
    pub address: String,
    /// The `X-Goog-…` headers
    /// (<https://developers.google.com/workspace/calendar/api/guides/push>).
    pub headers: Vec<(&'static str, String)>,
}

impl Notice {
    /// A header, by its name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// A message that Google would send to one who is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// To whom.
    pub to: String,
    /// `REQUEST` or `CANCEL` (RFC 5546).
    pub method: &'static str,
    /// About which event.
    pub event: String,
}

/// The stand-in. Clones share the account.
#[derive(Clone)]
pub struct GoogleCalendar {
    state: Arc<Mutex<State>>,
    clock: Clock,
    observer: Option<Observer>,
}

impl Default for GoogleCalendar {
    fn default() -> Self {
        Self::new()
    }
}

impl GoogleCalendar {
    /// An account with its primary calendar, in UTC.
    #[must_use]
    pub fn new() -> Self {
        Self::of(OWNER, "UTC")
    }

    /// An account by its address, with its primary calendar in a zone, by IANA name.
    #[must_use]
    pub fn of(owner: &str, zone: &str) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::new(owner, zone))),
            clock: Arc::new(Timestamp::now),
            observer: None,
        }
    }

    /// Reads the time from elsewhere.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Shows every request and its answer to a function, for tests that hold them against the
    /// [discovery document](crate::discovery).
    #[must_use]
    pub fn with_observer(
        mut self,
        observer: impl Fn(&Request<Bytes>, &Response<Bytes>) + Send + Sync + 'static,
    ) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Answers a request.
    #[must_use]
    pub fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let now = (self.clock)();
        let response = route::answer(&mut self.state(), now, &request);
        if let Some(observer) = &self.observer {
            observer(&request, &response);
        }
        response
    }

    /// It, as what a [`Server`](crate::Server) serves.
    #[must_use]
    pub fn handler(&self) -> Handler {
        let this = self.clone();
        Arc::new(move |request| this.answer(request))
    }

    /// Makes the sync tokens of a calendar too old. Those that are given from now on are good.
    pub fn expire_sync_tokens(&self, calendar: &str) {
        let mut state = self.state();
        if let Ok(calendar) = state.calendar_mut(calendar) {
            calendar.epoch += 1;
        }
    }

    /// Answers the next requests so, one each.
    pub fn refuse_next(&self, refusals: impl IntoIterator<Item = Refusal>) {
        self.state().refusals.extend(refusals);
    }

    /// Allows so many requests a minute; more are `userRateLimitExceeded`.
    pub fn limit_per_minute(&self, requests: u32) {
        self.state().quota = Some(state::Quota::new(requests));
    }

    /// The notices that a channel got, the first `sync` included.
    #[must_use]
    pub fn notices(&self, channel: &str) -> Vec<Notice> {
        let state = self.state();
        let of = |notice: &&Notice| notice.header("X-Goog-Channel-ID") == Some(channel);
        state.notices.iter().filter(of).cloned().collect()
    }

    /// The messages that an address got.
    #[must_use]
    pub fn messages(&self, address: &str) -> Vec<Message> {
        let state = self.state();
        let to = |message: &&Message| message.to == address;
        state.messages.iter().filter(to).cloned().collect()
    }

    /// How many requests changed something.
    #[must_use]
    pub fn effects(&self) -> u64 {
        self.state().effects
    }

    /// How many events of a calendar are there that are not cancelled, exceptions included.
    #[must_use]
    pub fn events(&self, calendar: &str) -> usize {
        let state = self.state();
        state.calendar(calendar).map_or(0, |calendar| {
            let alive = calendar.events.values().filter(|item| !item.is_cancelled());
            alive.count()
        })
    }

    /// The account. What a panic left half done is seen as it is: it is for tests.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for GoogleCalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleCalendar").finish_non_exhaustive()
    }
}
