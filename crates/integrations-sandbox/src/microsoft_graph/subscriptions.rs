//! Subscriptions: who is told of changes
//! (<https://learn.microsoft.com/graph/api/resources/subscription>).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::reply::Reply;
use super::route::Call;
use super::state::{Answer, Fields, State};
use super::times::{self, text};
use super::{Lifecycle, Notice, deliver, ids, show};

/// The tenant of everything here.
pub(super) const TENANT: &str = "00000000-0000-4000-8000-00000000aaaa";
/// The application that asks, and for whom.
const APPLICATION: &str = "00000000-0000-4000-8000-00000000bbbb";

/// "Any value under 45 minutes after the time of the request is automatically set to 45 minutes
/// after the request time" (the page, `expirationDateTime`).
const SHORTEST: SignedDuration = SignedDuration::from_mins(45);
/// Of Outlook's resources "10,080 minutes (under seven days)"; "any requests to create or renew a
/// subscription beyond the maximum value will fail" (the page).
const LONGEST: SignedDuration = SignedDuration::from_mins(10_080);

/// A subscription.
#[derive(Clone)]
pub(super) struct Subscription {
    fields: Fields,
    mailbox: String,
    /// One calendar, or all of the mailbox.
    calendar: Option<String>,
    expires: Timestamp,
    immutable: bool,
    /// Nothing is delivered until it is authorized again.
    paused: bool,
}

/// A subscription whose addresses still have to prove that they want it.
pub(super) struct Unproven {
    pub(super) id: String,
    pub(super) addresses: Vec<String>,
    /// What it was before.
    pub(super) before: Option<Subscription>,
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidRequest", message)
}

fn unknown() -> Refusal {
    let words = "The object was not found.";
    Refusal::new(404, "ResourceNotFound", words)
}

fn only(body: &Fields, names: &[&str]) -> Answer<()> {
    let mut keys = body.keys();
    match keys.find(|name| !name.contains('@') && !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(bad(format!("The property '{name}' cannot be set."))),
    }
}

/// "This URL must make use of the HTTPS protocol." Plain HTTP to this machine is taken besides, for
/// offline work.
fn address(body: &Fields, name: &str) -> Answer<Option<String>> {
    let Some(address) = body.get(name).filter(|it| !it.is_null()) else {
        return Ok(None);
    };
    let address = address.as_str().unwrap_or_default();
    let parsed = url::Url::parse(address).ok();
    let fits = parsed.is_some_and(|url| url.scheme() == "https" || deliver::is_near(&url));
    match fits {
        true => Ok(Some(address.to_owned())),
        false => Err(bad(format!("The {name} has to be an HTTPS address."))),
    }
}

impl State {
    pub(super) fn list_subscriptions(&self, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let lives = |one: &&Subscription| one.expires > self.now;
        let all = self.subscriptions.values().filter(lives);
        let all: Vec<Value> = all.map(|one| Value::Object(one.fields.clone())).collect();
        Ok(Reply::json(
            200,
            json!({"@odata.context":
            format!("{}/v1.0/$metadata#subscriptions", call.origin), "value": all}),
        ))
    }

    fn living(&mut self, id: &str) -> Answer<&mut Subscription> {
        let now = self.now;
        let found = self.subscriptions.get_mut(id);
        found.filter(|one| one.expires > now).ok_or_else(unknown)
    }

    pub(super) fn get_subscription(&mut self, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let found = self.living(id)?;
        Ok(Reply::json(200, Value::Object(found.fields.clone())))
    }

    pub(super) fn create_subscription(&mut self, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.body()?;
        only(
            &body,
            &[
                "changeType",
                "notificationUrl",
                "lifecycleNotificationUrl",
                "resource",
                "expirationDateTime",
                "clientState",
                "latestSupportedTlsVersion",
            ],
        )?;
        let kinds = text(&body, "changeType").unwrap_or_default().to_owned();
        let known = |kind: &str| ["created", "updated", "deleted"].contains(&kind);
        if kinds.is_empty() || !kinds.split(',').all(known) {
            return Err(bad(
                "The changeType has to be of 'created', 'updated' and 'deleted'.",
            ));
        }
        // "The maximum length is 128 characters."
        let state = text(&body, "clientState").map(str::to_owned);
        if state
            .as_ref()
            .is_some_and(|state| state.chars().count() > 128)
        {
            return Err(bad("The clientState has more than 128 characters."));
        }
        let url = address(&body, "notificationUrl")?;
        let url = url.ok_or_else(|| bad("The notificationUrl is missing."))?;
        let lifecycle = address(&body, "lifecycleNotificationUrl")?;
        let resource = text(&body, "resource").unwrap_or_default().to_owned();
        let (mailbox, calendar) = self.watched(&resource)?;
        let expires = self.until(&body)?;
        let number = self.next();
        let id = format!("00000000-0000-4000-9000-{number:012}");
        let made = json!({
            "id": id, "resource": resource, "applicationId": APPLICATION, "changeType": kinds,
            "clientState": state, "notificationUrl": url, "notificationQueryOptions": null,
            "lifecycleNotificationUrl": lifecycle, "expirationDateTime": times::stamp(expires),
            "creatorId": self.mailbox(&self.owner)?.id, "includeResourceData": null,
            "latestSupportedTlsVersion": text(&body, "latestSupportedTlsVersion").unwrap_or("v1_2"),
            "encryptionCertificate": null, "encryptionCertificateId": null,
            "notificationUrlAppId": null,
        });
        let mut fields = Fields::new();
        if let Value::Object(made) = made {
            fields = made;
        }
        let subscription = Subscription {
            fields: fields.clone(),
            mailbox,
            calendar,
            expires,
            immutable: call.prefer.immutable,
            paused: false,
        };
        self.subscriptions.insert(id.clone(), subscription);
        self.unproven = Some(Unproven {
            id,
            addresses: std::iter::once(url).chain(lifecycle).collect(),
            before: None,
        });
        self.effects += 1;
        let context = format!("{}/v1.0/$metadata#subscriptions/$entity", call.origin);
        fields.insert("@odata.context".into(), context.into());
        Ok(Reply::json(201, Value::Object(fields)))
    }

    /// What a resource names: "the events of a mailbox" or of one calendar. Both forms of a path are
    /// taken, with a slash before it or without.
    fn watched(&self, resource: &str) -> Answer<(String, Option<String>)> {
        let parts: Vec<&str> = resource.trim_matches('/').split('/').collect();
        let other = || bad(format!("Resource '{resource}' is not supported."));
        let (mailbox, rest) = match parts.as_slice() {
            ["me", rest @ ..] => (self.owner.clone(), rest),
            ["users" | "Users", named, rest @ ..] => (self.address(named)?, rest),
            _ => return Err(other()),
        };
        let here = self.mailbox(&mailbox)?;
        let calendar = match rest {
            ["events"] => None,
            ["calendar", "events"] => Some(here.default.clone()),
            ["calendars", id, "events"] => {
                let id = percent_encoding::percent_decode_str(id)
                    .decode_utf8_lossy()
                    .into_owned();
                here.calendar(&id)?;
                Some(id)
            }
            _ => return Err(other()),
        };
        Ok((mailbox, calendar))
    }

    fn until(&self, body: &Fields) -> Answer<Timestamp> {
        let text = text(body, "expirationDateTime");
        let at = text.and_then(|text| text.parse::<Timestamp>().ok());
        let at = at.ok_or_else(|| bad("The expirationDateTime is missing or no time."))?;
        let ahead = at.duration_since(self.now);
        if ahead <= SignedDuration::ZERO {
            return Err(bad("Subscription expiration must be in the future."));
        }
        if ahead > LONGEST {
            let words = "Subscription expiration can only be 10080 minutes in the future.";
            return Err(bad(words));
        }
        self.now
            .checked_add(ahead.max(SHORTEST))
            .map_err(Refusal::far)
    }

    /// Renews one. "To add the lifecycleNotificationUrl property, you should remove such existing
    /// subscriptions and create new subscriptions"
    /// (<https://learn.microsoft.com/graph/webhooks-lifecycle>).
    pub(super) fn patch_subscription(&mut self, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.body()?;
        only(&body, &["expirationDateTime", "notificationUrl"])?;
        let url = address(&body, "notificationUrl")?;
        self.living(id)?;
        let expires = match body.contains_key("expirationDateTime") {
            true => Some(self.until(&body)?),
            false => None,
        };
        let one = self.living(id)?;
        let before = one.clone();
        if let Some(expires) = expires {
            one.expires = expires;
            let stamp = times::stamp(expires);
            one.fields.insert("expirationDateTime".into(), stamp.into());
            one.paused = false;
        }
        if let Some(url) = &url {
            one.fields
                .insert("notificationUrl".into(), url.clone().into());
        }
        let made = one.fields.clone();
        if let Some(url) = url {
            self.unproven = Some(Unproven {
                id: id.to_owned(),
                addresses: vec![url],
                before: Some(before),
            });
        }
        self.effects += 1;
        Ok(Reply::json(200, Value::Object(made)))
    }

    pub(super) fn delete_subscription(&mut self, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        self.living(id)?;
        self.subscriptions.remove(id);
        self.effects += 1;
        Ok(Reply::nothing(204))
    }

    /// "Reauthorize the subscription without extending its expiration date."
    pub(super) fn reauthorize(&mut self, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        self.living(id)?.paused = false;
        self.effects += 1;
        Ok(Reply::nothing(204))
    }

    /// Takes back what was not proven.
    pub(super) fn disprove(&mut self, what: Unproven) {
        self.effects = self.effects.saturating_sub(1);
        match what.before {
            Some(before) => self.subscriptions.insert(what.id, before),
            None => self.subscriptions.remove(&what.id),
        };
    }

    /// Tells the subscriptions that an event changed.
    pub(super) fn notify(
        &mut self,
        mailbox: &str,
        calendar: &str,
        key: &str,
        how: &'static str,
    ) -> Answer<()> {
        let user = self.mailbox(mailbox)?.id.clone();
        let version = match self.seen(mailbox, key) {
            Ok(seen) => seen.item.changed,
            Err(_) => self.version(),
        };
        for (id, one) in &self.subscriptions {
            let kinds = text(&one.fields, "changeType").unwrap_or_default();
            let of = one.calendar.as_deref().is_none_or(|of| of == calendar);
            let wanted = one.mailbox == mailbox && of && kinds.split(',').any(|kind| kind == how);
            if !wanted || one.paused || one.expires <= self.now {
                continue;
            }
            let event = ids::id(key, one.immutable);
            let resource = format!("Users/{user}/Events/{event}");
            let body = json!({"value": [{
                "subscriptionId": id, "clientState": one.fields["clientState"],
                "subscriptionExpirationDateTime": one.fields["expirationDateTime"],
                "changeType": how, "tenantId": TENANT, "resource": resource,
                "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": resource,
                    "@odata.etag": show::etag(version), "id": event},
            }]});
            let address = text(&one.fields, "notificationUrl").unwrap_or_default();
            let address = address.to_owned();
            let notice = Notice { address, body };
            self.notices.push(notice.clone());
            self.outbox.push(notice);
        }
        Ok(())
    }

    /// A lifecycle notice, where the subscription has an address for them.
    pub(super) fn lifecycle(&mut self, id: &str, event: Lifecycle) {
        let Ok(one) = self.living(id) else {
            return;
        };
        one.paused |= event == Lifecycle::ReauthorizationRequired;
        let one = one.clone();
        if event == Lifecycle::SubscriptionRemoved {
            self.subscriptions.remove(id);
        }
        let Some(address) = text(&one.fields, "lifecycleNotificationUrl") else {
            return;
        };
        let body = json!({"value": [{
            "subscriptionId": id, "clientState": one.fields["clientState"], "tenantId": TENANT,
            "subscriptionExpirationDateTime": one.fields["expirationDateTime"],
            "lifecycleEvent": event.word(),
        }]});
        let notice = Notice {
            address: address.to_owned(),
            body,
        };
        self.notices.push(notice.clone());
        self.outbox.push(notice);
    }
}
