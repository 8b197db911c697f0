//! Notices of changes: subscriptions
//! (<https://learn.microsoft.com/en-us/graph/change-notifications-overview>).

use async_trait::async_trait;
use integrations_core::calendar::{CalendarId, Watch, WatchProvider, WatchRequest};
use integrations_core::guard::Operation;
use integrations_core::{Error, ErrorKind, Result};
use integrations_microsoft_graph::{NewSubscription, Subscription};
use jiff::{SignedDuration, Timestamp};

use crate::Outlook;
use crate::operations::{RENEW, STOP_WATCH, WATCH};
use crate::provider::{PRIMARY, is_gone};

/// The longest time of a subscription to Outlook's events: "under seven days"
/// (<https://learn.microsoft.com/en-us/graph/api/resources/subscription>), and a minute less, for the
/// clocks.
const LONGEST: SignedDuration = SignedDuration::from_mins(10_080 - 1);

/// Without a wish: three days, which Graph took before it took seven.
const USUAL: SignedDuration = SignedDuration::from_mins(4230);

impl Outlook {
    /// When a subscription should end.
    fn until(&self, request: &WatchRequest) -> Result<Timestamp> {
        let wanted = match request.ttl {
            None => USUAL,
            // The provider may shorten it.
            Some(ttl) => SignedDuration::try_from(ttl)
                .unwrap_or(LONGEST)
                .min(LONGEST),
        };
        let far = |_| Error::invalid_input("ttl leaves the range of time");
        self.now().checked_add(wanted).map_err(far)
    }

    /// The path of what is watched.
    fn watched(&self, calendar: &CalendarId) -> Result<String> {
        let path = match calendar.as_str() {
            PRIMARY => self.below(&["calendar", "events"]),
            _ => self.path(calendar, &["events"]),
        };
        // It is a part of a text and not of a path, and nothing encodes it.
        let plain = |part: &&str| !part.is_empty() && !part.contains(['/', '?', '#', '%', '\'']);
        match path.iter().all(plain) {
            true => Ok(path.join("/")),
            false => Err(Error::invalid_input("the calendar's id is none of Graph's")),
        }
    }
}

fn watch(calendar: &CalendarId, made: Subscription) -> Watch {
    let mut watch = Watch::new(made.id, calendar.clone(), made.expires);
    watch.raw = made.raw;
    watch
}

#[async_trait]
impl WatchProvider for Outlook {
    async fn watch(&self, request: &WatchRequest) -> Result<Watch> {
        let new = NewSubscription::new(
            self.watched(&request.calendar)?,
            request.callback.clone(),
            request.secret.clone(),
            self.until(request)?,
        )
        // What becomes of the subscription is told at the same address.
        .with_lifecycle_url(request.callback.clone());
        let made = self.api.subscribe(&Operation::of(&WATCH), &new).await?;
        Ok(watch(&request.calendar, made))
    }

    async fn renew_watch(&self, watch: &Watch, request: &WatchRequest) -> Result<Watch> {
        let operation = Operation::of(&RENEW);
        let renewed = self
            .api
            .renew(&operation, watch.id.as_str(), self.until(request)?)
            .await;
        match renewed {
            Ok(made) => Ok(self::watch(&watch.calendar, made)),
            Err(error) if is_gone(&error) => Err(Error::new(
                ErrorKind::NotFound,
                "the subscription ended already",
            )
            .with_advice("subscribe again, and synchronise: notices may be lost")),
            Err(error) => Err(error),
        }
    }

    async fn stop_watch(&self, watch: &Watch) -> Result<()> {
        let operation = Operation::of(&STOP_WATCH);
        self.api.unsubscribe(&operation, watch.id.as_str()).await
    }
}
