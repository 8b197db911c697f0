//! When time is taken.

use integrations_core::calendar::{BusySpan, CalendarId, FreeBusy, Subject};
use integrations_core::guard::Operation;
use integrations_core::time::TimeRange;
use integrations_core::{Error, ErrorKind, Raw, Result};
use integrations_icalendar::{Component, Line, busy_periods, free_busy_request};

use super::CalDav;
use crate::client::Call;
use crate::dav::request::free_busy_query;
use crate::dav::xml::{CALDAV, DAV, Element, parse};
use crate::discovery::Account;
use crate::operations::{FREE_BUSY, FREE_BUSY_PEOPLE};
use crate::series::{Series, takes_place};

impl CalDav {
    pub(super) async fn busy(
        &self,
        subjects: &[Subject],
        range: TimeRange,
    ) -> Result<Vec<FreeBusy>> {
        let people: Vec<&str> = subjects
            .iter()
            .filter_map(|subject| match subject {
                Subject::Person(email) => Some(email.as_str()),
                _ => None,
            })
            .collect();
        let asked = match people.is_empty() {
            true => Vec::new(),
            false => self.people_busy(&people, range).await?,
        };
        let mut answers = Vec::with_capacity(subjects.len());
        for subject in subjects {
            answers.push(match subject {
                Subject::Calendar(id) => self.calendar_busy(id, range).await?,
                Subject::Person(email) => asked
                    .iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(email))
                    .map_or_else(
                        || FreeBusy::unknown(subject.clone(), "the server did not answer for it"),
                        |(_, told)| told.clone().into_answer(subject, range),
                    ),
                _ => FreeBusy::unknown(subject.clone(), "not known here"),
            });
        }
        Ok(answers)
    }

    /// A calendar's taken time: from its events where they can be read, because servers differ
    /// where summer time begins; where only the time may be seen, as the server tells it.
    async fn calendar_busy(&self, id: &CalendarId, range: TimeRange) -> Result<FreeBusy> {
        let subject = Subject::Calendar(id.clone());
        let all = match self.query(id, Some(range)).await {
            Ok(all) => all,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(FreeBusy::unknown(subject, "there is no such calendar"));
            }
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return self.reported_busy(id, range).await;
            }
            Err(error) => return Err(error),
        };
        let (mut spans, mut damaged) = (Vec::new(), all.damaged);
        for series in all.series {
            match busy_spans(&series, range) {
                Ok(busy) => spans.extend(busy),
                Err(error) => {
                    self.leave_out(id, &series.id, &error);
                    damaged = true;
                }
            }
        }
        // When the time of an event is not known, no time is known to be free.
        if damaged {
            let text = "an event of the calendar cannot be read";
            return Ok(FreeBusy::unknown(subject, text));
        }
        Ok(FreeBusy::from_spans(subject, spans).within(range))
    }

    /// RFC 4791, section 7.10.
    async fn reported_busy(&self, id: &CalendarId, range: TimeRange) -> Result<FreeBusy> {
        let subject = Subject::Calendar(id.clone());
        let call = Call::new("REPORT", &self.calendar_url(id).await?)
            .depth("1")
            .xml(free_busy_query(range));
        let reply = match self.dav.run(&Operation::of(&FREE_BUSY), &call).await {
            Ok(reply) => reply,
            Err(error) if matches!(error.status(), Some(403 | 404)) => {
                return Ok(FreeBusy::unknown(subject, "the account may not see it"));
            }
            Err(error) => return Err(error),
        };
        let text = std::str::from_utf8(&reply.body)
            .map_err(|_| Error::new(ErrorKind::Decode, "the free/busy time is not UTF-8"))?;
        Told::read(text)?.map_or_else(
            || Ok(FreeBusy::unknown(subject.clone(), "the server did not say")),
            |told| Ok(told.into_answer(&subject, range)),
        )
    }

    /// RFC 6638, section 5: one request for all, and for each an answer or a reason.
    async fn people_busy(&self, people: &[&str], range: TimeRange) -> Result<Vec<(String, Told)>> {
        let account = self.account().await?;
        let (Some(outbox), Some(own)) = (&account.outbox, self.own_address(&account)) else {
            return Err(Error::unsupported("free_busy_people"));
        };
        let request = free_busy_request(own, people, range, self.now());
        let call = Call::new("POST", outbox).ics(request.text());
        let operation = Operation::of(&FREE_BUSY_PEOPLE);
        let reply = self.dav.run(&operation, &call).await?;
        let root = parse(&reply.body)?;
        let mut told = Vec::new();
        for response in root.all(CALDAV, "response") {
            if let Some(email) = recipient(response) {
                told.push((email, Told::of_response(response)?));
            }
        }
        Ok(told)
    }

    /// Whether an address is one of the account's.
    pub(super) fn is_own(&self, account: &Account, email: &str) -> bool {
        let all = self.address.iter().chain(&account.addresses);
        all.into_iter().any(|own| own.eq_ignore_ascii_case(email))
    }
}

/// The time that a series takes in a span.
fn busy_spans(series: &Series, range: TimeRange) -> Result<Vec<BusySpan>> {
    let mut spans = Vec::new();
    for event in series.within(range)? {
        if event.show_as.is_busy() && takes_place(&event) {
            let start = event.start.to_timestamp(&series.zone)?;
            let end = event.end.to_timestamp(&series.zone)?;
            let span = TimeRange::new(start, end);
            spans.extend(span.map(|range| BusySpan::new(range, event.show_as)));
        }
    }
    Ok(spans)
}

/// What a server says of one subject.
#[derive(Clone)]
enum Told {
    Busy(Vec<BusySpan>, String),
    Unknown(String),
}

impl Told {
    /// A `VFREEBUSY`; `None` when there is none.
    fn read(text: &str) -> Result<Option<Self>> {
        let object = Component::parse(text)?;
        if !object.parts().any(|part| part.name() == "VFREEBUSY") {
            return Ok(None);
        }
        Ok(Some(Self::Busy(busy_periods(&object)?, text.to_owned())))
    }

    fn of_response(response: &Element) -> Result<Self> {
        let status = response
            .text_of(CALDAV, "request-status")
            .unwrap_or_default();
        // RFC 5546, section 3.6: 2.x is a success.
        let text = response.text_of(CALDAV, "calendar-data");
        let told = match text.filter(|_| status.starts_with('2')) {
            Some(text) => Self::read(text)?,
            None => None,
        };
        Ok(told.unwrap_or_else(|| {
            let plain = |c: &char| c.is_ascii_alphanumeric() || " .-".contains(*c);
            let status: String = status
                .chars()
                .map(|c| if c == ';' { ' ' } else { c })
                .collect();
            let status: String = status.chars().filter(plain).take(80).collect();
            Self::Unknown(format!("the server says {status}"))
        }))
    }

    fn into_answer(self, subject: &Subject, range: TimeRange) -> FreeBusy {
        match self {
            Self::Busy(spans, raw) => {
                let mut answer = FreeBusy::from_spans(subject.clone(), spans).within(range);
                answer.raw = Raw::Text(raw);
                answer
            }
            Self::Unknown(why) => FreeBusy::unknown(subject.clone(), why),
        }
    }
}

fn recipient(response: &Element) -> Option<String> {
    let href = response.child(CALDAV, "recipient")?.text_of(DAV, "href")?;
    let line = Line::new("ATTENDEE").value(href);
    integrations_icalendar::address(&line)
}
