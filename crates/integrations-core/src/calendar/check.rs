//! What is refused before anything is sent, whatever the provider.

use super::model::{Attachment, EventStatus};
use super::people::Attendee;
use super::recurrence::RRule;
use super::request::{
    CalendarPatch, EditScope, EventPatch, EventQuery, NewCalendar, NewEvent, Patch, Rsvp,
    UpdateOptions,
};
use crate::error::{Error, Result};
use crate::time::EventTime;

fn refuse(what: impl Into<String>) -> Result<()> {
    Err(Error::invalid_input(what.into()))
}

/// One line without control characters.
fn line(what: &str, text: &str) -> Result<()> {
    if text.chars().any(char::is_control) {
        return refuse(format!("{what} is one line without control characters"));
    }
    Ok(())
}

/// Text in which only tabs and line breaks are allowed of the control characters.
fn text(what: &str, text: &str) -> Result<()> {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(odd) {
        return refuse(format!("{what} has a control character"));
    }
    Ok(())
}

fn name(what: &str, name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return refuse(format!("{what} must not be empty"));
    }
    line(what, name)
}

fn color(color: &str) -> Result<()> {
    let hex = color.strip_prefix('#');
    if hex.is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Ok(());
    }
    refuse(format!("a colour is #rrggbb and not {color:?}"))
}

impl NewCalendar {
    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        name("a calendar's name", &self.name)?;
        if let Some(zone) = &self.time_zone {
            zone.time_zone()?;
        }
        self.color.as_deref().map_or(Ok(()), color)
    }
}

impl CalendarPatch {
    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        if self.is_empty() {
            return refuse("the patch changes nothing");
        }
        if let Some(new) = &self.name {
            name("a calendar's name", new)?;
        }
        if let Patch::Set(zone) = &self.time_zone {
            zone.time_zone()?;
        }
        match &self.color {
            Patch::Set(new) => color(new),
            _ => Ok(()),
        }
    }
}

/// Checks that two times make an event.
fn times(start: &EventTime, end: &EventTime) -> Result<()> {
    use EventTime::{Date, Floating, Utc, Zoned};
    match (start, end) {
        (Date(first), Date(after)) if first >= after => {
            refuse("a whole-day event ends on the day after its last one, so after it starts")
        }
        (Date(_), Date(_)) => Ok(()),
        (Floating(start), Floating(end)) if start > end => refuse("an event ends after it starts"),
        (Floating(_), Floating(_)) => Ok(()),
        (Utc(_) | Zoned { .. }, Utc(_) | Zoned { .. }) => {
            // No floating time is among them, so the zone given does not matter.
            let utc = jiff::tz::TimeZone::UTC;
            if start.to_timestamp(&utc)? > end.to_timestamp(&utc)? {
                return refuse("an event ends after it starts");
            }
            Ok(())
        }
        _ => refuse("start and end must have the same form: whole days, floating, or instants"),
    }
}

fn attendees(list: &[Attendee]) -> Result<()> {
    let mut seen = Vec::new();
    for attendee in list {
        let email = &attendee.person.email;
        line("an address", email)?;
        let whole = email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
        if !whole || email.contains(char::is_whitespace) {
            return refuse(format!("{email:?} is not an email address"));
        }
        if let Some(shown) = &attendee.person.name {
            line("a name", shown)?;
        }
        let email = email.to_lowercase();
        if seen.contains(&email) {
            return refuse(format!("{email} is invited twice"));
        }
        seen.push(email);
    }
    Ok(())
}

fn links(attachments: &[Attachment]) -> Result<()> {
    if attachments.iter().any(|one| one.url.is_none()) {
        return refuse("attach links here; content is attached to an event that exists");
    }
    attachments
        .iter()
        .try_for_each(|one| line("an attachment's name", &one.name))
}

impl UpdateOptions {
    /// Checks what no provider could take of a deletion.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check_delete(&self) -> Result<()> {
        let message = self.message.as_deref();
        message.map_or(Ok(()), |it| text("a message", it))
    }
}

impl Rsvp {
    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        let comment = self.comment.as_deref();
        comment.map_or(Ok(()), |it| text("a comment", it))
    }
}

fn property(key: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=44).contains(&key.len()) && key.chars().all(plain) {
        return Ok(());
    }
    // Google allows 44 characters, the least of those who have properties.
    refuse(format!(
        "{key:?}: a property's name is 1 to 44 of A-Z a-z 0-9 - _ ."
    ))
}

impl NewEvent {
    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        line("a title", &self.summary)?;
        self.description
            .as_deref()
            .map_or(Ok(()), |it| text("a description", it))?;
        self.location
            .as_deref()
            .map_or(Ok(()), |it| text("a place", it))?;
        times(&self.start, &self.end)?;
        if let Some(recurrence) = &self.recurrence {
            recurrence.check(&self.start)?;
        }
        attendees(&self.attendees)?;
        self.properties.iter().try_for_each(|(key, value)| {
            property(key)?;
            text("a property", value)
        })?;
        links(&self.attachments)?;
        if self.status == EventStatus::Cancelled {
            return refuse("an event is not made cancelled");
        }
        Ok(())
    }
}

impl EventPatch {
    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self, options: &UpdateOptions) -> Result<()> {
        if self.is_empty() {
            return refuse("the patch changes nothing");
        }
        if let Some(title) = &self.summary {
            line("a title", title)?;
        }
        for (what, patch) in [
            ("a description", &self.description),
            ("a place", &self.location),
        ] {
            if let Patch::Set(value) = patch {
                text(what, value)?;
            }
        }
        if let Some((start, end)) = &self.times {
            times(start, end)?;
        }
        if !self.recurrence.is_keep() && options.scope == EditScope::This {
            return refuse(
                "how a series repeats is changed with the scope All or ThisAndFollowing",
            );
        }
        if let Patch::Set(recurrence) = &self.recurrence {
            match &self.times {
                Some((start, _)) => recurrence.check(start)?,
                // Whether it goes with the start, only the provider knows.
                None => recurrence.rules.iter().try_for_each(RRule::check)?,
            }
        }
        if options.message.is_some() {
            return refuse("a message goes with a deletion and not with an update");
        }
        links(self.attachments.as_deref().unwrap_or_default())?;
        if let Some(list) = &self.attendees {
            attendees(list)?;
        }
        self.properties.iter().try_for_each(|(key, value)| {
            property(key)?;
            value
                .as_deref()
                .map_or(Ok(()), |value| text("a property", value))
        })
    }
}

impl EventQuery {
    /// Checks what no provider could take.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        if self.expand && self.range.is_none() {
            return refuse("a list of occurrences needs a range: a series may have no end");
        }
        if self
            .text
            .as_deref()
            .is_some_and(|text| text.trim().is_empty())
        {
            return refuse("the text to search for must not be empty");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::recurrence::{RRule, Until};

    fn berlin(hour: i8) -> EventTime {
        EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin")
    }

    #[test]
    fn times_that_make_no_event_are_refused() {
        let day = |n| EventTime::Date(date(2026, 6, n));
        let floating = EventTime::Floating(date(2026, 6, 1).at(9, 0, 0, 0));
        for (start, end) in [
            (berlin(10), berlin(9)),
            (day(1), day(1)),
            (day(1), berlin(9)),
            (floating, berlin(9)),
        ] {
            assert!(
                NewEvent::new("x", start.clone(), end.clone())
                    .check()
                    .is_err(),
                "{start} {end}"
            );
        }
        NewEvent::new("x", berlin(9), berlin(9)).check().unwrap();
        NewEvent::new("x", day(1), day(2)).check().unwrap();
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        let nowhere = EventTime::zoned(date(2026, 6, 1).at(9, 0, 0, 0), "Europe/Atlantis");
        let error = NewEvent::new("x", nowhere.clone(), nowhere)
            .check()
            .unwrap_err();
        assert!(error.to_string().contains("Atlantis"), "{error}");
    }

    #[test]
    fn an_end_of_a_rule_in_another_form_than_the_start_is_refused() {
        let until = Until::Local(date(2026, 7, 1).at(0, 0, 0, 0));
        let event =
            NewEvent::new("x", berlin(9), berlin(10)).with_recurrence(RRule::daily().until(until));
        assert!(event.check().unwrap_err().to_string().contains("UNTIL"));
    }

    #[test]
    fn control_characters_and_doubled_addresses_are_refused() {
        let event = |title: &str| NewEvent::new(title, berlin(9), berlin(10));
        assert!(event("a\r\nATTENDEE:mailto:x@example.com").check().is_err());
        let twice = event("x")
            .with_attendee(Attendee::new("a@example.com"))
            .with_attendee(Attendee::new("A@example.com"));
        assert!(twice.check().is_err());
        assert!(
            event("x")
                .with_attendee(Attendee::new("nobody"))
                .check()
                .is_err()
        );
        assert!(event("x").with_property("bad name", "x").check().is_err());
    }

    #[test]
    fn a_rule_that_cannot_be_is_refused_in_a_patch_without_times() {
        let mut rule = RRule::daily();
        rule.by_month = vec![13];
        let patch = EventPatch::default().with_recurrence(Patch::Set(rule.into()));
        let error = patch
            .check(&UpdateOptions::scope(EditScope::All))
            .unwrap_err();
        assert!(error.to_string().contains("BYMONTH"), "{error}");
    }

    #[test]
    fn a_list_of_occurrences_needs_a_range() {
        let query = EventQuery {
            expand: true,
            ..EventQuery::default()
        };
        assert!(query.check().is_err());
    }
}
