//! Free/busy: of people by their address
//! (<https://learn.microsoft.com/en-us/graph/api/calendar-getschedule>), and of calendars of the
//! mailbox by what is in them, which Graph gives of people alone.

use std::collections::BTreeMap;

use integrations_core::calendar::{BusySpan, CalendarId, FreeBusy, ShowAs, Subject};
use integrations_core::guard::Operation;
use integrations_core::time::TimeRange;
use integrations_core::{Error, Raw, Result};
use integrations_microsoft_graph::Call;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::Outlook;
use crate::lists::{takes_place, within};
use crate::operations::{BUSY, SCHEDULE};
use crate::provider::{is_gone, items, missing, next_link, preferred};
use crate::{read, times};

/// "The default is 30 minutes, minimum is 5, maximum is 1440."
const SLOT: SignedDuration = SignedDuration::from_mins(5);

/// What of an event says how its time is taken.
const TAKEN: &str = "id,start,end,isAllDay,showAs,isCancelled,type,seriesMasterId,\
                     originalStart,originalStartTimeZone,originalEndTimeZone";

impl Outlook {
    pub(crate) async fn busy(
        &self,
        subjects: &[Subject],
        range: TimeRange,
    ) -> Result<Vec<FreeBusy>> {
        let mut people = Vec::new();
        for subject in subjects {
            match subject {
                Subject::Person(address) => people.push(&**address),
                Subject::Calendar(_) => {}
                _ => return Err(Error::unsupported("free/busy of another kind of subject")),
            }
        }
        let mut schedules = match people.is_empty() {
            true => BTreeMap::new(),
            false => self.schedules(&people, range).await?,
        };
        let mut all = Vec::with_capacity(subjects.len());
        for subject in subjects {
            all.push(match subject {
                Subject::Calendar(id) => self.calendar_busy(id, range).await?,
                Subject::Person(address) => {
                    let said = schedules.remove(&address.to_lowercase());
                    schedule(subject, said, range)?
                }
                _ => return Err(Error::unsupported("free/busy of another kind of subject")),
            });
        }
        Ok(all)
    }

    /// What is known of people, by their address in small letters.
    async fn schedules(
        &self,
        people: &[&str],
        range: TimeRange,
    ) -> Result<BTreeMap<String, Value>> {
        // A span that is shorter than a slot is none.
        let shortest = range.start.checked_add(SLOT).unwrap_or(range.end);
        let end = range.end.max(shortest);
        let at = |at: Timestamp| {
            let wall = TimeZone::UTC.to_datetime(at);
            json!({"dateTime": wall.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC"})
        };
        // Parts of a second are taken in at both ends.
        let end = match end.subsec_nanosecond() {
            0 => end,
            _ => end.checked_add(SignedDuration::from_secs(1)).unwrap_or(end),
        };
        let body = json!({"schedules": people, "startTime": at(range.start), "endTime": at(end),
            "availabilityViewInterval": SLOT.as_mins()});
        let path = self.below(&["calendar", "getSchedule"]);
        let call = preferred(Call::post(&path).json(body));
        let mut answer = self.api.send(&Operation::of(&SCHEDULE), &call).await?;
        let all = items(&mut answer).into_iter().filter_map(|one| {
            let id = one["scheduleId"].as_str()?.to_lowercase();
            Some((id, one))
        });
        Ok(all.collect())
    }

    /// The taken time of a calendar, from its events.
    async fn calendar_busy(&self, calendar: &CalendarId, range: TimeRange) -> Result<FreeBusy> {
        let subject = Subject::Calendar(calendar.clone());
        let path = self.path(calendar, &["calendarView"]);
        let mut call = within(Call::get(&path), range)
            .with("$select", TAKEN)
            .with("$top", 500);
        let mut spans = Vec::new();
        loop {
            let answer = self.api.send(&Operation::of(&BUSY), &preferred(call)).await;
            let mut answer = match answer {
                // One that is not there is not free.
                Err(error) if is_gone(&error) => {
                    let why = error.code().unwrap_or("notFound").to_owned();
                    return Ok(FreeBusy::unknown(subject, why));
                }
                answer => answer?,
            };
            for raw in items(&mut answer) {
                let event = read::event(calendar, raw)?;
                if takes_place(&event) && event.show_as != ShowAs::Free {
                    // Whole days begin at midnight in UTC here: the zone of the mailbox is not in
                    // the answer.
                    let start = event.start.to_timestamp(&TimeZone::UTC)?;
                    let end = event.end.to_timestamp(&TimeZone::UTC)?;
                    let span = TimeRange::new(start, end);
                    spans.extend(span.map(|span| BusySpan::new(span, event.show_as)));
                }
            }
            match next_link(&answer) {
                Some(link) => call = Call::follow(link),
                None => return Ok(FreeBusy::from_spans(subject, spans).within(range)),
            }
        }
    }
}

/// Errors are of each mailbox, in an answer that is a success: such a one is not free.
fn schedule(subject: &Subject, said: Option<Value>, range: TimeRange) -> Result<FreeBusy> {
    let Some(said) = said else {
        return Ok(FreeBusy::unknown(
            subject.clone(),
            "Graph did not answer for it",
        ));
    };
    let mut known = if said["error"].is_object() {
        let code = said["error"]["responseCode"].as_str();
        FreeBusy::unknown(subject.clone(), code.unwrap_or("an error without a code"))
    } else if let Some(items) = said["scheduleItems"].as_array() {
        let mut spans = Vec::with_capacity(items.len());
        for item in items {
            let at = |name: &str| {
                let time = times::read(&item[name], times::UTC, false);
                time.and_then(|time| time.to_timestamp(&TimeZone::UTC).ok())
            };
            let (Some(start), Some(end)) = (at("start"), at("end")) else {
                return Err(missing("a span of taken time has no start or end"));
            };
            let show_as = read::show_as(&item["status"]);
            // One without length takes no time.
            let span = TimeRange::new(start, end);
            spans.extend(span.map(|span| BusySpan::new(span, show_as)));
        }
        FreeBusy::from_spans(subject.clone(), spans)
    } else if let Some(view) = said["availabilityView"].as_str() {
        FreeBusy::from_spans(subject.clone(), slots(view, range.start))
    } else {
        FreeBusy::unknown(subject.clone(), "Graph says neither items nor a view")
    };
    known.raw = Raw::from(said);
    Ok(known)
}

/// Who may see no more than when time is taken gets a digit for each slot: "0= free or working
/// elsewhere, 1= tentative, 2= busy, 3= out of office"
/// (<https://learn.microsoft.com/en-us/graph/api/resources/scheduleinformation>).
fn slots(view: &str, start: Timestamp) -> Vec<BusySpan> {
    let mut at = start;
    let mut spans = Vec::new();
    for digit in view.chars() {
        let Ok(end) = at.checked_add(SLOT) else {
            break;
        };
        let show_as = match digit {
            '0' => ShowAs::Free,
            '1' => ShowAs::Tentative,
            '3' => ShowAs::OutOfOffice,
            // What is not known is not free.
            _ => ShowAs::Busy,
        };
        let span = TimeRange { start: at, end };
        if show_as != ShowAs::Free {
            spans.push(BusySpan::new(span, show_as));
        }
        at = end;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Subject {
        Subject::Person("adelev@contoso.onmicrosoft.com".into())
    }

    fn day() -> TimeRange {
        let at = |text: &str| text.parse().unwrap();
        TimeRange::new(at("2019-03-15T16:00:00Z"), at("2019-03-16T01:00:00Z")).unwrap()
    }

    // The example of https://learn.microsoft.com/en-us/graph/api/calendar-getschedule.
    /// evidence: outlook: free_busy: published vector: the answer on Microsoft's page of getSchedule
    #[test]
    fn the_documented_schedule_is_read() {
        let at = |time: &str| json!({"dateTime": time, "timeZone": "Pacific Standard Time"});
        let said = json!({"scheduleId": "meganb@contoso.onmicrosoft.com",
            "availabilityView": "200220010", "scheduleItems": [
            {"status": "busy", "start": at("2019-03-15T08:30:00.0000000"),
                "end": at("2019-03-15T09:30:00.0000000")},
            {"status": "tentative", "start": at("2019-03-15T12:00:00.0000000"),
                "end": at("2019-03-15T13:00:00.0000000")},
            {"status": "busy", "start": at("2019-03-15T12:00:00.0000000"),
                "end": at("2019-03-15T14:00:00.0000000")}]});
        let known = schedule(&ada(), Some(said), day()).unwrap();
        let busy: Vec<String> = known.busy.iter().map(|one| one.start.to_string()).collect();
        assert_eq!(busy, ["2019-03-15T15:30:00Z", "2019-03-15T19:00:00Z"]);
        assert_eq!(known.spans.len(), 3);
        assert!(known.spans.iter().any(|it| it.show_as == ShowAs::Tentative));
    }

    #[test]
    fn whoever_is_not_known_is_not_free() {
        let error = json!({"scheduleId": "x", "error": {"message": "canary",
            "responseCode": "ErrorMailRecipientNotFound"}, "availabilityView": ""});
        for (said, why) in [
            (Some(error), "ErrorMailRecipientNotFound"),
            (
                Some(json!({"scheduleId": "x"})),
                "Graph says neither items nor a view",
            ),
            (None, "Graph did not answer for it"),
        ] {
            let known = schedule(&ada(), said, day()).unwrap();
            assert_eq!(known.unknown.as_deref(), Some(why));
        }
    }

    #[test]
    fn where_only_slots_are_seen_they_are_taken() {
        let said = json!({"scheduleId": "x", "availabilityView": "0012230"});
        let known = schedule(&ada(), Some(said), day()).unwrap();
        let busy = &known.busy[0];
        assert_eq!(busy.start.to_string(), "2019-03-15T16:10:00Z");
        assert_eq!(busy.end.to_string(), "2019-03-15T16:30:00Z");
        assert_eq!(known.spans[3].show_as, ShowAs::OutOfOffice);
    }
}
