//! What happens to connections, for those who want to know.

use futures::Stream;
use jiff::Timestamp;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::ConnectionId;

/// What happened to a connection. It is told in the process that did it or found it; the lasting
/// state is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionEvent {
    /// This process refreshed the tokens, and they are stored.
    Refreshed {
        /// Which connection.
        id: ConnectionId,
        /// When the new access token ends, where that is known.
        expires_at: Option<Timestamp>,
    },
    /// The owner has to consent again. Each source tells it once, whoever found it out.
    NeedsConsent {
        /// Which connection.
        id: ConnectionId,
        /// When that was found out.
        since: Timestamp,
        /// Why, in one line without secrets.
        reason: String,
    },
    /// The subscriber was too slow, and this many events are gone: look at the store.
    Missed {
        /// How many.
        events: u64,
    },
}

/// Tells many subscribers of many connections. Clones are the same.
#[derive(Debug, Clone)]
pub struct ConnectionEvents(broadcast::Sender<ConnectionEvent>);

impl ConnectionEvents {
    /// How many events wait for a slow subscriber before it misses the oldest.
    pub const CAPACITY: usize = 1024;

    /// With nobody subscribed.
    #[must_use]
    pub fn new() -> Self {
        Self(broadcast::Sender::new(Self::CAPACITY))
    }

    /// Everything that happens from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        Subscription(self.0.subscribe())
    }

    pub(super) fn tell(&self, event: ConnectionEvent) {
        // Nobody listens: then nobody is told.
        let _ = self.0.send(event);
    }
}

impl Default for ConnectionEvents {
    fn default() -> Self {
        Self::new()
    }
}

/// One subscriber's events, in order.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<ConnectionEvent>);

impl Subscription {
    /// The next event; `None` when nobody is left who could tell one. Dropping the call loses none.
    pub async fn next(&mut self) -> Option<ConnectionEvent> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(events)) => Some(ConnectionEvent::Missed { events }),
            Err(RecvError::Closed) => None,
        }
    }

    /// The events as a stream.
    pub fn into_stream(self) -> impl Stream<Item = ConnectionEvent> + Send {
        futures::stream::unfold(self, |mut events| async move {
            let event = events.next().await?;
            Some((event, events))
        })
    }
}
