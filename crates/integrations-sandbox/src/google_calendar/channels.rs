//! Channels: who is told of changes
//! (<https://developers.google.com/workspace/calendar/api/guides/push>).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Notice;
use super::refusal::Refusal;
use super::route::Call;
use super::state::{Answer, State, text};

/// A channel.
pub(super) struct Channel {
    id: String,
    calendar: String,
    resource: String,
    uri: String,
    address: String,
    token: Option<String>,
    expires: Timestamp,
    messages: u64,
}

/// How long a channel holds when nothing else is asked for, and at most: a week. What Google allows
/// is not described; clients have to read `expiration`.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

impl State {
    pub(super) fn watch(&mut self, calendar: &str, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        self.calendar(calendar)?;
        let field = |name: &str| text(&body, name).map(str::to_owned);
        let id = field("id").ok_or_else(|| Refusal::required("Missing id."))?;
        // "At most 64 characters" (the guide).
        if id.is_empty() || id.len() > 64 {
            return Err(Refusal::invalid("Invalid channel id."));
        }
        if !matches!(text(&body, "type"), Some("web_hook" | "webhook")) {
            return Err(Refusal::invalid("Unknown channel type."));
        }
        let address = field("address").unwrap_or_default();
        if !address.starts_with("https://") {
            return Err(Refusal::new(
                400,
                "push.webhookUrlNotHttps",
                "WebHook callback must be HTTPS.",
            ));
        }
        let now = self.now;
        if self
            .channels
            .iter()
            .any(|channel| channel.id == id && channel.expires > now)
        {
            return Err(Refusal::new(
                400,
                "channelIdNotUnique",
                format!("Channel id {id} not unique"),
            ));
        }
        let asked = field("expiration").map(|text| {
            let at = text
                .parse()
                .ok()
                .and_then(|at| Timestamp::from_millisecond(at).ok());
            at.ok_or_else(|| Refusal::invalid("Invalid expiration."))
        });
        let latest = now + WEEK;
        let expires = asked.transpose()?.map_or(latest, |asked| asked.min(latest));
        let calendar = self.calendar_id(calendar).to_owned();
        let channel = Channel {
            uri: format!(
                "https://www.googleapis.com/calendar/v3/calendars/{calendar}/events?alt=json"
            ),
            resource: format!("resource-{calendar}"),
            calendar,
            id,
            address,
            token: field("token"),
            expires,
            messages: 0,
        };
        let mut answer = json!({"kind": "api#channel", "id": channel.id, "resourceId": channel.resource,
            "resourceUri": channel.uri, "expiration": expires.as_millisecond().to_string()});
        if let Some(token) = &channel.token {
            answer["token"] = Value::from(token.as_str());
        }
        self.channels.push(channel);
        self.effects += 1;
        // "When you create a new channel, the API sends a sync message."
        if let Some(channel) = self.channels.last_mut() {
            self.notices.push(channel.notice("sync"));
        }
        Ok(answer)
    }

    /// Ends a channel; both its ids have to be right.
    pub(super) fn stop(&mut self, call: &Call<'_>) -> Answer<()> {
        let body = call.body()?;
        let (id, resource) = (text(&body, "id"), text(&body, "resourceId"));
        let now = self.now;
        let place = self.channels.iter().position(|channel| {
            Some(&*channel.id) == id
                && Some(&*channel.resource) == resource
                && channel.expires > now
        });
        let place = place.ok_or_else(|| {
            Refusal::new(404, "channelIdNotFound", "Channel not found for project")
        })?;
        self.channels.remove(place);
        self.effects += 1;
        Ok(())
    }

    /// Tells the channels of a calendar that something changed: which, they have to ask.
    pub(super) fn notify(&mut self, calendar: &str) {
        let calendar = self.calendar_id(calendar).to_owned();
        let now = self.now;
        for channel in &mut self.channels {
            if channel.calendar == calendar && channel.expires > now {
                self.notices.push(channel.notice("exists"));
            }
        }
    }
}

impl Channel {
    fn notice(&mut self, state: &str) -> Notice {
        self.messages += 1;
        let at = jiff::tz::TimeZone::UTC.to_datetime(self.expires);
        let mut headers = vec![
            ("X-Goog-Channel-ID", self.id.clone()),
            ("X-Goog-Message-Number", self.messages.to_string()),
            ("X-Goog-Resource-ID", self.resource.clone()),
            ("X-Goog-Resource-State", state.to_owned()),
            ("X-Goog-Resource-URI", self.uri.clone()),
            (
                "X-Goog-Channel-Expiration",
                at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            ),
        ];
        if let Some(token) = &self.token {
            headers.push(("X-Goog-Channel-Token", token.clone()));
        }
        Notice {
            address: self.address.clone(),
            headers,
        }
    }
}
