//! Notices of changes: channels
//! (<https://developers.google.com/workspace/calendar/api/guides/push>).

use async_trait::async_trait;
use integrations_core::calendar::{Watch, WatchProvider, WatchRequest};
use integrations_core::guard::Operation;
use integrations_core::{Error, ErrorKind, ExposeSecret, Raw, Result};
use integrations_google::Call;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::GoogleCalendar;
use crate::operations::{STOP_WATCH, WATCH};
use crate::provider::{is_gone, missing};

fn ended() -> Error {
    Error::new(ErrorKind::NotFound, "the subscription ended already")
        .with_advice("subscribe again, and synchronise: notices may be lost")
}

#[async_trait]
impl WatchProvider for GoogleCalendar {
    async fn watch(&self, request: &WatchRequest) -> Result<Watch> {
        let id = uuid::Uuid::new_v4().to_string();
        let mut body = json!({"id": id, "type": "web_hook", "address": request.callback.as_str(),
            "token": request.secret.expose_secret()});
        if let Some(ttl) = request.ttl {
            let ttl = SignedDuration::try_from(ttl).ok();
            let ends = ttl.and_then(|ttl| self.now().checked_add(ttl).ok());
            let ends = ends.ok_or_else(|| Error::invalid_input("ttl leaves the range of time"))?;
            body["expiration"] = ends.as_millisecond().to_string().into();
        }
        let path = ["calendars", request.calendar.as_str(), "events", "watch"];
        let call = Call::post(&path).json(body);
        let made = self.api.send(&Operation::of(&WATCH), &call).await?;
        let expires = made["expiration"]
            .as_str()
            .and_then(|text| text.parse().ok());
        let expires = expires.and_then(|at| Timestamp::from_millisecond(at).ok());
        let expires = expires.ok_or_else(|| missing("the channel has no expiration"))?;
        let mut watch = Watch::new(id, request.calendar.clone(), expires);
        watch.resource = made["resourceId"].as_str().map(str::to_owned);
        // An application stores it, and the secret is its own.
        watch.raw = Raw::from(made).without(&["/token"]);
        Ok(watch)
    }

    /// Google has no renewal: another channel is there before the old one goes.
    async fn renew_watch(&self, watch: &Watch, request: &WatchRequest) -> Result<Watch> {
        if watch.expires <= self.now() {
            return Err(ended());
        }
        let renewed = self.watch(request).await?;
        match self.stop(watch).await {
            Ok(true) => Ok(renewed),
            // It ended before, and nobody knows what was missed.
            Ok(false) => {
                self.stop(&renewed).await?;
                Err(ended())
            }
            // It ends by its time; until then notices come twice.
            Err(_) => Ok(renewed),
        }
    }

    async fn stop_watch(&self, watch: &Watch) -> Result<()> {
        self.stop(watch).await.map(drop)
    }
}

impl GoogleCalendar {
    /// Whether it was there to be stopped, as far as Google says.
    async fn stop(&self, watch: &Watch) -> Result<bool> {
        let resource = watch.resource.as_deref().ok_or_else(|| {
            Error::invalid_input("the subscription has no resource: give the one that was answered")
        })?;
        let call = Call::post(&["channels", "stop"])
            .json(json!({"id": watch.id.as_str(), "resourceId": resource}));
        let (api, call) = (&self.api, &call);
        let operation = Operation::of(&STOP_WATCH);
        let stopped = api.guard().run(&operation, |attempt| async move {
            match api.attempt(call).await {
                Ok(_) => Ok(true),
                // Or by the attempt whose answer was lost.
                Err(error) if is_gone(&error) => Ok(attempt.number > 1),
                Err(error) => Err(error),
            }
        });
        stopped.await
    }
}
