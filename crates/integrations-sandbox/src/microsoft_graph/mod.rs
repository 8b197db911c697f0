//! Microsoft Graph v1.0, of it the calendars of some mailboxes and the subscriptions to them.
//!
//! It has calendars and who may read them, events with series and their exceptions, the calendar
//! view and its changes, instances, answers to meetings, free/busy, attachments, extended properties
//! with a single value, subscriptions, and batches. The paths are those of Microsoft's pages, below
//! `/v1.0`, as `me` or as `users/{id or address}`; the pages are named beside the rules, as in
//! <https://learn.microsoft.com/graph/api/resources/event>.
//!
//! ```
//! use bytes::Bytes;
//! use http::Request;
//! use integrations_sandbox::microsoft_graph::{MicrosoftGraph, OWNER, TOKEN};
//!
//! let graph = MicrosoftGraph::of(OWNER, "Europe/Berlin").with_mailbox("room@example.com");
//! let body = r#"{"subject": "Lunch", "attendees": [{"emailAddress": {"address": "room@example.com"}}],
//!     "start": {"dateTime": "2026-06-01T12:00:00", "timeZone": "W. Europe Standard Time"},
//!     "end": {"dateTime": "2026-06-01T13:00:00", "timeZone": "W. Europe Standard Time"}}"#;
//! let request = Request::post("/v1.0/me/events").header("authorization", format!("Bearer {TOKEN}"));
//! let answer = graph.answer(request.body(Bytes::from_static(body.as_bytes())).unwrap());
//! assert_eq!(answer.status(), 201);
//! // Who is invited is told, always; and a mailbox that is here has the meeting.
//! assert_eq!(graph.messages("room@example.com").len(), 1);
//! assert_eq!(graph.events("room@example.com"), 1);
//! ```
//!
//! What only Microsoft can do (mails that arrive, meetings online) it keeps as
//! [messages](MicrosoftGraph::messages) and fixed links. Notices are delivered: to an address on this
//! machine over plain HTTP for real, to any other not at all (it is taken to answer as it should), or
//! to a [function](MicrosoftGraph::with_delivery).
//!
//! Not here: groups and their calendars, calendar groups, open extensions, extended properties with
//! several values, attachments that are not files, reminders, `$search`, delta of anything but the
//! calendar view, and rights: one token may do everything in every mailbox.

mod actions;
mod attachments;
mod batch;
mod body;
mod calendars;
mod clause;
mod deliver;
mod delta;
mod events;
mod filter;
mod ids;
mod list;
mod pattern;
mod people;
mod permissions;
mod properties;
mod query;
mod refusal;
mod reply;
mod route;
mod schedule;
mod series;
mod show;
mod state;
mod subscriptions;
mod times;
mod upload;
mod write;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::Value;

pub use refusal::Refusal;
use state::State;

use crate::Handler;

/// The access token that it takes.
pub const TOKEN: &str = "sandbox-token";

/// The address of `me` when none is set (RFC 2606 reserves the domain).
pub const OWNER: &str = "owner@example.com";

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
type Observer = Arc<dyn Fn(&Request<Bytes>, &Response<Bytes>) + Send + Sync>;
type Delivery = Arc<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>;

/// A notice that the address of a subscription gets: of a change, or of the subscription's own life
/// (<https://learn.microsoft.com/graph/api/resources/changenotificationcollection>).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Notice {
    /// Where it goes.
    pub address: String,
    /// What is posted there: a collection of one notice.
    pub body: Value,
}

impl Notice {
    /// A field of the notice in it, such as `changeType` or `lifecycleEvent`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.body["value"][0][name].as_str()
    }
}

/// What a subscription's own notice says (<https://learn.microsoft.com/graph/webhooks-lifecycle>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// Nothing more is delivered until the subscription is authorized again or renewed.
    ReauthorizationRequired,
    /// The subscription is gone.
    SubscriptionRemoved,
    /// Some notices were not delivered.
    Missed,
}

impl Lifecycle {
    fn word(self) -> &'static str {
        match self {
            Self::ReauthorizationRequired => "reauthorizationRequired",
            Self::SubscriptionRemoved => "subscriptionRemoved",
            Self::Missed => "missed",
        }
    }
}

/// A message that Outlook would send.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// To whom.
    pub to: String,
    /// `REQUEST`, `CANCEL` or `REPLY` (RFC 5546).
    pub method: &'static str,
    /// About which event: its immutable id.
    pub event: String,
    /// What was written with it.
    pub comment: Option<String>,
}

/// The stand-in. Clones share the mailboxes.
#[derive(Clone)]
pub struct MicrosoftGraph {
    state: Arc<Mutex<State>>,
    clock: Clock,
    observer: Option<Observer>,
    delivery: Delivery,
}

impl Default for MicrosoftGraph {
    fn default() -> Self {
        Self::new()
    }
}

impl MicrosoftGraph {
    /// A mailbox with its calendar, in UTC.
    #[must_use]
    pub fn new() -> Self {
        Self::of(OWNER, "UTC")
    }

    /// A mailbox by its address, in a zone by its IANA or Windows name: whole days are read there.
    #[must_use]
    pub fn of(owner: &str, zone: &str) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::new(owner, zone))),
            clock: Arc::new(Timestamp::now),
            observer: None,
            delivery: Arc::new(deliver::near),
        }
    }

    /// Adds a mailbox that is shared, in UTC.
    #[must_use]
    pub fn with_mailbox(self, address: &str) -> Self {
        self.state().add_mailbox(address, "UTC");
        self
    }

    /// Reads the time from elsewhere.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Shows every request and its answer to a function, for tests that hold them against
    /// [Microsoft's description](crate::openapi). Of a batch its requests are shown, one by one.
    #[must_use]
    pub fn with_observer(
        mut self,
        observer: impl Fn(&Request<Bytes>, &Response<Bytes>) + Send + Sync + 'static,
    ) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Gives notices, and the question before a subscription, to a function in the place of the
    /// address: nothing goes over a socket then. It is called while no answer is being made, so that
    /// it may ask the stand-in itself. Without one, [`answer`](Self::answer) blocks for as long as an
    /// address on this machine takes, ten seconds at most; [served](crate::Server) it blocks no task.
    #[must_use]
    pub fn with_delivery(
        mut self,
        delivery: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.delivery = Arc::new(delivery);
        self
    }

    /// Leaves out of delta which occurrences of a series were taken out: it is answered with those
    /// that remain, as people found (<https://stackoverflow.com/q/55641502>), where the page has
    /// what was deleted under `@removed`.
    #[must_use]
    pub fn with_silent_cancellations(self) -> Self {
        self.state().silent = true;
        self
    }

    /// Answers a request. Notices are delivered before it returns.
    #[must_use]
    pub fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        match request.uri().path() {
            "/v1.0/$batch" => match batch::answer(self, &request) {
                Ok(reply) => {
                    let mut state = self.state();
                    state.now = (self.clock)();
                    route::finish(&mut state, &request, Ok(reply))
                }
                Err(refusal) => self.refused(&request, refusal),
            },
            _ => self.one(&request),
        }
    }

    /// Answers a request that is no batch.
    fn one(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let now = (self.clock)();
        let (mut response, unproven) = {
            let mut state = self.state();
            let response = route::answer(&mut state, now, request);
            (response, state.unproven.take())
        };
        if let Some(unproven) = unproven {
            let number = self.state().next();
            let mut all = unproven.addresses.iter();
            let proven =
                all.try_for_each(|address| deliver::prove(&self.delivery, address, number));
            if let Err(refusal) = proven {
                self.state().disprove(unproven);
                response = self.refused(request, refusal);
            }
        }
        if let Some(observer) = &self.observer {
            observer(request, &response);
        }
        self.deliver();
        response
    }

    fn refused(&self, request: &Request<Bytes>, refusal: Refusal) -> Response<Bytes> {
        route::finish(&mut self.state(), request, Err(refusal))
    }

    /// Delivers what is to be delivered.
    fn deliver(&self) {
        let outbox = std::mem::take(&mut self.state().outbox);
        for notice in &outbox {
            deliver::send(&self.delivery, notice);
        }
    }

    /// It, as what a [`Server`](crate::Server) serves.
    #[must_use]
    pub fn handler(&self) -> Handler {
        let this = self.clone();
        Arc::new(move |request| this.answer(request))
    }

    /// Makes the state tokens of a calendar too old: by its id, or the address of a mailbox for its
    /// default one. Those that are given from now on are good.
    pub fn expire_sync_tokens(&self, calendar: &str) {
        let mut state = self.state();
        for mailbox in state.mailboxes.values_mut() {
            let default = mailbox.address.eq_ignore_ascii_case(calendar);
            let id = if default {
                mailbox.default.clone()
            } else {
                calendar.to_owned()
            };
            if let Some(calendar) = mailbox.calendars.get_mut(&id) {
                calendar.epoch += 1;
            }
        }
    }

    /// Answers the next requests so, one each; those of a batch count one by one.
    pub fn refuse_next(&self, refusals: impl IntoIterator<Item = Refusal>) {
        self.state().refusals.extend(refusals);
    }

    /// Allows so many requests a minute; more are answered with 429 and how long to wait.
    pub fn limit_per_minute(&self, requests: u32) {
        self.state().quota = Some(state::Quota::new(requests));
    }

    /// Sends a subscription the notice of its own life, where it has an address for that.
    pub fn lifecycle(&self, subscription: &str, event: Lifecycle) {
        {
            let mut state = self.state();
            state.now = (self.clock)();
            state.lifecycle(subscription, event);
        }
        self.deliver();
    }

    /// The notices that a subscription got, those of its own life too.
    #[must_use]
    pub fn notices(&self, subscription: &str) -> Vec<Notice> {
        let state = self.state();
        let of = |notice: &&Notice| notice.field("subscriptionId") == Some(subscription);
        state.notices.iter().filter(of).cloned().collect()
    }

    /// The messages that an address got.
    #[must_use]
    pub fn messages(&self, address: &str) -> Vec<Message> {
        let state = self.state();
        let to = |message: &&Message| message.to.eq_ignore_ascii_case(address);
        state.messages.iter().filter(to).cloned().collect()
    }

    /// How many requests changed something.
    #[must_use]
    pub fn effects(&self) -> u64 {
        self.state().effects
    }

    /// How many events a calendar has, exceptions of series included: by its id, or the address of a
    /// mailbox for its default one.
    #[must_use]
    pub fn events(&self, calendar: &str) -> usize {
        let state = self.state();
        let mut all = state.mailboxes.values();
        let found = all.find_map(|mailbox| {
            let default = mailbox.address.eq_ignore_ascii_case(calendar);
            let id = if default { &mailbox.default } else { calendar };
            mailbox.calendars.get(id)
        });
        found.map_or(0, |calendar| calendar.events.len())
    }

    /// The mailboxes. What a panic left half done is seen as it is: it is for tests.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MicrosoftGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MicrosoftGraph").finish_non_exhaustive()
    }
}
