//! Messages to those who are invited: iCalendar objects with a method (RFC 5546), as mail
//! (RFC 6047).

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use integrations_core::calendar::{Attendee, EventStatus, Notify};
use jiff::Timestamp;

use super::ics;
use super::series::{Series, count};

pub use integrations_icalendar::Method as InvitationMethod;

/// A message that those who are invited would get. Nothing is sent: this is the outbox. `Debug`
/// shows no texts.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invitation {
    /// What it is about.
    pub method: InvitationMethod,
    /// Whom it is from.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// The event's title.
    pub subject: String,
    /// The iCalendar object.
    pub calendar: String,
    /// When it was written.
    pub at: Timestamp,
    id: String,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation")
            .field("method", &self.method)
            .field("to", &self.to.len())
            .field("calendar_bytes", &self.calendar.len())
            .finish_non_exhaustive()
    }
}

impl Invitation {
    fn new(
        method: InvitationMethod,
        from: &str,
        to: Vec<String>,
        of: &Series,
        at: Timestamp,
    ) -> Self {
        Self {
            method,
            from: from.to_owned(),
            to,
            subject: of.master.summary.clone(),
            calendar: ics::write_message(of, method),
            at,
            // Ordered as they were written.
            id: uuid::Uuid::now_v7().to_string(),
        }
    }

    /// The name of its file: in the order in which they were written.
    pub(super) fn file_name(&self) -> String {
        format!("{}.eml", self.id)
    }

    /// The message as mail (RFC 6047, section 2.4).
    pub(super) fn mail(&self) -> String {
        let line = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
        let to: Vec<String> = self.to.iter().map(|to| format!("<{}>", line(to))).collect();
        let date = self.at.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let mut mail = format!(
            "From: <{}>\r\nTo: {}\r\nSubject: {}\r\nDate: {date}\r\n\
             Message-ID: <{}@calendar.invalid>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/calendar; method={}; charset=UTF-8\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n",
            line(&self.from),
            to.join(",\r\n "),
            words(&line(&self.subject)),
            self.id,
            self.method.as_str(),
        );
        let encoded = STANDARD.encode(&self.calendar);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(76));
            mail.push_str(piece);
            mail.push_str("\r\n");
            rest = after;
        }
        mail
    }
}

/// A header's text as encoded words (RFC 2047), each at most 75 characters long.
fn words(text: &str) -> String {
    if text.is_ascii() && text.len() < 60 {
        return text.to_owned();
    }
    let mut pieces = vec![String::new()];
    for c in text.chars() {
        match pieces.last_mut() {
            Some(last) if last.len() + c.len_utf8() <= 45 => last.push(c),
            _ => pieces.push(c.to_string()),
        }
    }
    let pieces = pieces.iter();
    let pieces = pieces.map(|piece| format!("=?UTF-8?B?{}?=", STANDARD.encode(piece)));
    pieces.collect::<Vec<_>>().join("\r\n ")
}

/// A change, as those who are invited see it.
pub(super) struct Change<'a> {
    /// What they know.
    pub(super) before: Option<&'a Series>,
    /// What is from now on.
    pub(super) after: Option<&'a Series>,
    pub(super) owner: &'a str,
    pub(super) at: Timestamp,
}

impl Change<'_> {
    /// The messages about it. Only the organizer invites; whoever `sees` the calendar is not told
    /// when only others are.
    pub(super) fn messages(&self, notify: Notify, sees: impl Fn(&str) -> bool) -> Vec<Invitation> {
        let told = |people: BTreeMap<String, String>| -> Vec<String> {
            let wanted = people.into_values().filter(|email| match notify {
                Notify::Nobody => false,
                Notify::External => !sees(email),
                _ => true,
            });
            wanted.collect()
        };
        let own = |series: &&Series| {
            let organizer = series.master.organizer.as_ref();
            organizer.is_some_and(|who| who.email.eq_ignore_ascii_case(self.owner))
        };
        let (before, after) = (self.before.filter(own), self.after.filter(own));
        let taking_place = after.filter(|it| it.master.status != EventStatus::Cancelled);
        let invited = taking_place.map(|it| self.people(it)).unwrap_or_default();
        let mut left = before.map(|it| self.people(it)).unwrap_or_default();
        left.retain(|email, _| !invited.contains_key(email));
        let mut messages = Vec::new();
        let mut write = |method, to: Vec<String>, of: &Series| {
            if !to.is_empty() {
                messages.push(Invitation::new(method, self.owner, to, of, self.at));
            }
        };
        if let Some(after) = taking_place {
            write(InvitationMethod::Request, told(invited), after);
        }
        if let Some(gone) = after.or(before) {
            let mut gone = gone.clone();
            let uninvited = uninvited(before, &left);
            for event in std::iter::once(&mut gone.master).chain(gone.changed.values_mut()) {
                // It is over for those who read this, and later than all that they read before.
                if event.status != EventStatus::Cancelled || after.is_none() {
                    count(event);
                }
                event.status = EventStatus::Cancelled;
                // Only those who are no longer invited are named (RFC 5546, section 3.2.5).
                event.attendees.clone_from(&uninvited);
            }
            write(InvitationMethod::Cancel, told(left), &gone);
        }
        messages
    }

    /// Those who are invited, by their addresses in lower case; not the owner.
    fn people(&self, series: &Series) -> BTreeMap<String, String> {
        let events = std::iter::once(&series.master).chain(series.changed.values());
        let emails = events.flat_map(|event| &event.attendees);
        let mut people = BTreeMap::new();
        for email in emails.map(|one| &one.person.email) {
            if !email.eq_ignore_ascii_case(self.owner) {
                people.insert(email.to_lowercase(), email.clone());
            }
        }
        people
    }
}

/// Those of a series who are among `left`, each once.
fn uninvited(before: Option<&Series>, left: &BTreeMap<String, String>) -> Vec<Attendee> {
    let Some(series) = before else {
        return Vec::new();
    };
    let mut found: BTreeMap<String, Attendee> = BTreeMap::new();
    let events = std::iter::once(&series.master).chain(series.changed.values());
    for one in events.flat_map(|event| &event.attendees) {
        let email = one.person.email.to_lowercase();
        if left.contains_key(&email) {
            found.entry(email).or_insert_with(|| one.clone());
        }
    }
    found.into_values().collect()
}

/// The owner's answer to an invitation, for its organizer; none when the owner organizes.
pub(super) fn reply(
    series: &Series,
    owner: &str,
    own: &Attendee,
    at: Timestamp,
) -> Option<Invitation> {
    let organizer = series.master.organizer.as_ref()?.email.clone();
    if organizer.eq_ignore_ascii_case(owner) {
        return None;
    }
    let mut answer = series.clone();
    for event in std::iter::once(&mut answer.master).chain(answer.changed.values_mut()) {
        event.attendees = vec![own.clone()];
    }
    Some(Invitation::new(
        InvitationMethod::Reply,
        owner,
        vec![organizer],
        &answer,
        at,
    ))
}
