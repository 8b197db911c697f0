//! Calendars themselves.

use integrations_core::calendar::{CalendarId, CalendarInfo, CalendarPatch, NewCalendar, Patch};
use integrations_core::guard::Operation;
use integrations_core::time::TzId;
use integrations_core::{Effect, Error, ErrorKind, IdempotencyKey, Raw, Result};
use integrations_icalendar::{read_zone, zone_object};
use url::Url;

use super::CalDav;
use crate::client::Call;
use crate::dav::multistatus::Answer;
use crate::dav::request::{CALENDAR_PROPS, Prop, Values, mkcalendar, propfind, proppatch};
use crate::dav::xml::{APPLE, CALDAV, DAV};
use crate::discovery::Account;
use crate::ids::{calendar_id, calendar_url};
use crate::operations::{
    CREATE_CALENDAR, DELETE_CALENDAR, GET_CALENDAR, LIST_CALENDARS, UPDATE_CALENDAR,
};

const NAME: Prop = (DAV, "displayname");
const DESCRIPTION: Prop = (CALDAV, "calendar-description");
const ZONE: Prop = (CALDAV, "calendar-timezone");
const COLOR: Prop = (APPLE, "calendar-color");

pub(super) fn no_calendar(id: &CalendarId) -> Error {
    Error::not_found(format_args!("the calendar {:?}", id.as_str()))
}

/// What a server says of a calendar; `None` for what is none, or has no events.
fn info(answer: &Answer, account: &Account) -> Option<CalendarInfo> {
    if !answer.is_calendar() || answer.href.origin() != account.home.origin() {
        return None;
    }
    let kinds = answer
        .props
        .child(CALDAV, "supported-calendar-component-set");
    // Without a list, every kind is taken (RFC 4791, section 5.2.3).
    let events = kinds.is_none_or(|kinds| {
        let mut all = kinds.all(CALDAV, "comp").peekable();
        all.peek().is_none()
            || all.any(|one| {
                one.attribute("name")
                    .is_some_and(|name| name.eq_ignore_ascii_case("VEVENT"))
            })
    });
    if !events {
        return None;
    }
    let id = calendar_id(&answer.href);
    let name = answer.props.text_of(DAV, "displayname");
    let last = || {
        id.as_str()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let name = name.map_or_else(last, str::to_owned);
    let mut info = CalendarInfo::new(id, name);
    let text = |(namespace, name): Prop| answer.props.text_of(namespace, name);
    info.description = text(DESCRIPTION).map(str::to_owned);
    info.time_zone = text(ZONE).and_then(read_zone);
    info.color = text(COLOR).and_then(color);
    info.writable = writable(answer);
    let same = |url: &Url| calendar_id(url) == info.id;
    info.primary = account.default_calendar.as_ref().is_some_and(same);
    info.raw = Raw::None;
    Some(info)
}

/// `#rrggbb`, of which Apple's clients write `#rrggbbaa`.
fn color(text: &str) -> Option<String> {
    let color = text.get(..7)?;
    let hex = color.strip_prefix('#')?;
    hex.bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then(|| color.to_ascii_lowercase())
}

/// RFC 3744, section 5.4. A server that does not say is believed to allow it.
fn writable(answer: &Answer) -> bool {
    const ENOUGH: [&str; 4] = ["all", "write", "write-content", "bind"];
    let Some(set) = answer.props.child(DAV, "current-user-privilege-set") else {
        return true;
    };
    let mut granted = set
        .all(DAV, "privilege")
        .flat_map(|one| one.children.iter())
        .peekable();
    granted.peek().is_none() || granted.any(|one| ENOUGH.iter().any(|name| one.is(DAV, name)))
}

impl CalDav {
    pub(super) async fn calendar_url(&self, id: &CalendarId) -> Result<Url> {
        calendar_url(&self.account().await?.home, id)
    }

    pub(super) async fn calendars(&self) -> Result<Vec<CalendarInfo>> {
        let account = self.account().await?;
        let call = Call::new("PROPFIND", &account.home)
            .depth("1")
            .xml(propfind(CALENDAR_PROPS));
        let reply = self.dav.run(&Operation::of(&LIST_CALENDARS), &call).await?;
        let answers = reply.multistatus()?.responses;
        let mut all: Vec<CalendarInfo> = answers
            .iter()
            .filter_map(|answer| info(answer, &account))
            .collect();
        all.sort_by(|a, b| (!a.primary, &a.id).cmp(&(!b.primary, &b.id)));
        Ok(all)
    }

    pub(super) async fn calendar(&self, id: &CalendarId) -> Result<CalendarInfo> {
        let account = self.account().await?;
        let call = Call::new("PROPFIND", &calendar_url(&account.home, id)?)
            .depth("0")
            .xml(propfind(CALENDAR_PROPS));
        let reply = self.dav.run(&Operation::of(&GET_CALENDAR), &call).await?;
        let answers = reply.multistatus()?.responses;
        let found = answers.first().and_then(|answer| info(answer, &account));
        found.ok_or_else(|| no_calendar(id))
    }

    pub(super) async fn make_calendar(&self, new: &NewCalendar) -> Result<CalendarInfo> {
        let account = self.account().await?;
        let key = new.key.clone().unwrap_or_else(IdempotencyKey::random);
        let id = calendar_id(&account.home);
        let id = CalendarId::new(format!("{id}/{key}"));
        let url = calendar_url(&account.home, &id)?;
        let mut values: Values = vec![(NAME, Some(new.name.clone()))];
        if let Some(text) = &new.description {
            values.push((DESCRIPTION, Some(text.clone())));
        }
        if let Some(zone) = &new.time_zone {
            values.push((ZONE, Some(zone_object(zone, self.now())?)));
        }
        if let Some(color) = &new.color {
            values.push((COLOR, Some(color.clone())));
        }
        let call = Call::new("MKCALENDAR", &url).xml(mkcalendar(&values));
        let operation = Operation::keyed(&CREATE_CALENDAR, key);
        match self.dav.run(&operation, &call).await {
            Ok(_) => self.changed(&id).await,
            // The key was used before, or an answer was lost: the calendar is there already
            // (RFC 4791, section 5.3.1.2; Radicale says 409, others 405 or 403).
            Err(error) if matches!(error.status(), Some(403 | 405 | 409 | 412)) => {
                match self.calendar(&id).await {
                    Err(gone) if gone.kind() == ErrorKind::NotFound => Err(error),
                    // Whether it is there is what could not be read.
                    there => there.map_err(|error| error.with_effect(Effect::Unknown)),
                }
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn change_calendar(
        &self,
        id: &CalendarId,
        patch: &CalendarPatch,
    ) -> Result<CalendarInfo> {
        let mut values: Values = Vec::new();
        if let Some(name) = &patch.name {
            values.push((NAME, Some(name.clone())));
        }
        let mut put = |prop: Prop, patch: &Patch<String>| match patch {
            Patch::Keep => {}
            Patch::Clear => values.push((prop, None)),
            Patch::Set(value) => values.push((prop, Some(value.clone()))),
        };
        put(DESCRIPTION, &patch.description);
        put(COLOR, &patch.color);
        let zone = |zone: &TzId| zone_object(zone, self.now());
        match &patch.time_zone {
            Patch::Keep => {}
            Patch::Clear => put(ZONE, &Patch::Clear),
            Patch::Set(id) => put(ZONE, &Patch::Set(zone(id)?)),
        }
        // What is no calendar has names too.
        self.calendar(id).await?;
        let call = Call::new("PROPPATCH", &self.calendar_url(id).await?).xml(proppatch(&values));
        let operation = Operation::of(&UPDATE_CALENDAR);
        let reply = self.dav.run(&operation, &call).await?;
        let refused = reply.multistatus()?.responses.iter().find_map(|one| {
            let whole = one.status.filter(|status| *status >= 300);
            one.refused.or(whole)
        });
        if let Some(status) = refused {
            let kind = match status {
                401 | 403 => ErrorKind::PermissionDenied,
                507 => ErrorKind::QuotaExceeded,
                409 | 422 => ErrorKind::InvalidInput,
                _ => ErrorKind::Unavailable,
            };
            let text = "the server does not change one of the values, and so none";
            return Err(Error::new(kind, text).with_status(status));
        }
        self.changed(id).await
    }

    /// A calendar that was written: that stays so, whatever becomes of reading it.
    async fn changed(&self, id: &CalendarId) -> Result<CalendarInfo> {
        let changed = self.calendar(id).await;
        changed.map_err(|error| error.with_effect(Effect::Applied))
    }

    pub(super) async fn remove_calendar(&self, id: &CalendarId) -> Result<()> {
        // A path may be that of everything the account has: only a calendar is deleted.
        match self.calendar(id).await {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
        let call = Call::new("DELETE", &self.calendar_url(id).await?);
        match self.dav.run(&Operation::of(&DELETE_CALENDAR), &call).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            deleted => deleted.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_one_form() {
        assert_eq!(color("#FF2968FF").as_deref(), Some("#ff2968"));
        for text in ["red", "#ff", "#gggggg", "#\u{e9}\u{e9}\u{e9}"] {
            assert_eq!(color(text), None, "{text}");
        }
    }
}
