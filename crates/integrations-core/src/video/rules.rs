//! What no provider could take: the rules that meetings, webinars and registrations share.

use secrecy::{ExposeSecret, SecretString};

use crate::calendar::Patch;
use crate::calendar::recurrence::RRule;
use crate::error::{Error, Result};
use crate::time::EventTime;

/// What is asked for of a meeting or a webinar alike, when it is made and when it is changed. What
/// is `None` is not asked for.
pub(super) struct Plan<'a> {
    pub(super) topic: Option<&'a str>,
    pub(super) agenda: Option<&'a str>,
    pub(super) host: Option<&'a str>,
    pub(super) start: Option<&'a EventTime>,
    pub(super) duration_minutes: Option<u32>,
    pub(super) passcode: Option<&'a SecretString>,
}

impl Plan<'_> {
    pub(super) fn check(&self) -> Result<()> {
        self.topic.map_or(Ok(()), check_topic)?;
        self.agenda.map_or(Ok(()), check_text)?;
        self.host.map_or(Ok(()), check_id)?;
        self.start.map_or(Ok(()), check_start)?;
        self.duration_minutes.map_or(Ok(()), check_duration)?;
        self.passcode.map_or(Ok(()), check_passcode)
    }
}

/// What a patch sets a text to.
pub(super) fn set(patch: &Patch<String>) -> Option<&str> {
    match patch {
        Patch::Set(text) => Some(text),
        _ => None,
    }
}

pub(super) fn refuse<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::invalid_input(what.into()))
}

/// An id becomes a part of paths: an empty one would name the collection.
pub(super) fn check_id(id: &str) -> Result<()> {
    if id.is_empty() || id.chars().any(char::is_control) {
        return refuse("an id must not be empty or have control characters");
    }
    Ok(())
}

pub(super) fn check_topic(topic: &str) -> Result<()> {
    // Zoom takes 200 characters, the least of those who say.
    let length = topic.chars().count();
    if topic.trim().is_empty() || length > 200 || topic.chars().any(char::is_control) {
        return refuse("a topic is one line of 1 to 200 characters");
    }
    Ok(())
}

fn check_text(text: &str) -> Result<()> {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(odd) {
        return refuse("an agenda has no control characters");
    }
    Ok(())
}

fn check_start(start: &EventTime) -> Result<()> {
    match start {
        EventTime::Zoned { tz, .. } => tz.time_zone().map(drop),
        EventTime::Utc(_) => Ok(()),
        EventTime::Date(_) | EventTime::Floating(_) => {
            refuse("it starts at a wall time in a zone or at an instant")
        }
    }
}

pub(super) fn check_rule(rule: &RRule, start: &EventTime) -> Result<()> {
    if rule.frequency.is_sub_daily() {
        return refuse("a meeting repeats by days or longer");
    }
    crate::calendar::recurrence::Recurrence::from(rule.clone()).check(start)
}

fn check_duration(minutes: u32) -> Result<()> {
    if !(1..=1440).contains(&minutes) {
        return refuse("it is 1 to 1440 minutes long");
    }
    Ok(())
}

fn check_passcode(passcode: &SecretString) -> Result<()> {
    let text = passcode.expose_secret();
    if !(1..=64).contains(&text.len()) || !text.chars().all(|c| c.is_ascii_graphic()) {
        return refuse("a passcode is 1 to 64 visible ASCII characters");
    }
    Ok(())
}

pub(super) fn check_address(email: &str) -> Result<()> {
    let whole = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    if !whole || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return refuse(format!("{email:?} is not an email address"));
    }
    Ok(())
}
