//! Free/busy and times to meet (<https://learn.microsoft.com/graph/outlook-get-free-busy-schedule>).

use integrations_core::time::{EventTime, TimeRange};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::{Value, json};

use super::actions::{only, parameter};
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Call, Place};
use super::series::Event;
use super::state::{Answer, State};
use super::times::{self, DAY, text};

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "ErrorInvalidParameter", message)
}

/// An event that takes time, when, and how it shows.
type Busy = (Event, (Timestamp, Timestamp), String);

/// A span of two `dateTimeTimeZone`.
fn span(start: Option<&Value>, end: Option<&Value>) -> Answer<TimeRange> {
    let at = |value, what| {
        let (time, _) = times::read(value, what)?;
        times::at(&time, &TimeZone::UTC)
    };
    let (start, end) = (at(start, "start")?, at(end, "end")?);
    TimeRange::new(start, end).map_err(|_| bad("The end time has to be after the start time."))
}

impl State {
    pub(super) fn schedules(&self, _: &Place, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.body()?;
        only(
            &body,
            &[
                "schedules",
                "startTime",
                "endTime",
                "availabilityViewInterval",
            ],
        )?;
        let span = span(parameter(&body, "startTime"), parameter(&body, "endTime"))?;
        // "The time period to look up must be less than 62 days."
        if span.end.duration_since(span.start) >= DAY * 62 {
            return Err(bad(
                "The requested time duration specified is larger than 62 days.",
            ));
        }
        let named = parameter(&body, "schedules").and_then(Value::as_array);
        let named = named.filter(|named| !named.is_empty());
        let named = named.ok_or_else(|| bad("There is no schedule to look up."))?;
        // "Up to 20 entities at once."
        if named.len() > 20 {
            return Err(bad("More than 20 schedules cannot be looked up at once."));
        }
        // "The default is 30 minutes, minimum is 5, maximum is 1440"; the example has a text.
        let interval = match parameter(&body, "availabilityViewInterval") {
            None => Some(30),
            Some(Value::String(text)) => text.parse().ok(),
            Some(number) => number.as_i64(),
        };
        let interval = interval.filter(|minutes| (5..=1440).contains(minutes));
        let interval = interval.ok_or_else(|| bad("The availabilityViewInterval is 5 to 1440."))?;
        let mut value = Vec::new();
        for one in named {
            let name = one.as_str().unwrap_or_default();
            value.push(self.schedule(name, span, SignedDuration::from_mins(interval), call)?);
        }
        let context = format!(
            "{}/v1.0/$metadata#Collection(microsoft.graph.scheduleInformation)",
            call.origin
        );
        Ok(Reply::json(
            200,
            json!({"@odata.context": context, "value": value}),
        ))
    }

    fn schedule(
        &self,
        name: &str,
        span: TimeRange,
        step: SignedDuration,
        call: &Call<'_>,
    ) -> Answer {
        // "If getSchedule cannot identify a specified user or resource, it returns a single schedule
        // item and indicates the error."
        let Some(mailbox) = self.mailboxes.get(&name.to_lowercase()) else {
            return Ok(
                json!({"scheduleId": name, "availabilityView": "", "scheduleItems": [],
                "error": {"message": "Mailbox not found.", "responseCode": "ErrorMailRecipientNotFound"},
                "workingHours": null}),
            );
        };
        let utc = ("UTC".to_owned(), TimeZone::UTC);
        let (zone, rules) = call.prefer.zone.as_ref().unwrap_or(&utc);
        let found = self.busy(name, span)?;
        let mut items = Vec::new();
        for (event, _, status) in &found {
            let write = |time: &EventTime| times::write(time, (zone, rules));
            let mut item = json!({"status": status, "start": write(&event.item.start),
                "end": write(&event.item.end)});
            let fields = &event.item.fields;
            let private = matches!(
                text(fields, "sensitivity"),
                Some("private" | "confidential")
            );
            item["isPrivate"] = private.into();
            item["isMeeting"] = (!super::people::guests(Some(event)).is_empty()).into();
            item["isRecurring"] = event.item.original.is_some().into();
            item["isException"] = (event.kind == super::series::Kind::Exception).into();
            item["isReminderSet"] = fields["isReminderOn"].clone();
            if !private {
                item["subject"] = fields["subject"].clone();
                item["location"] = fields["location"]["displayName"].clone();
            }
            items.push(item);
        }
        let mut view = String::new();
        let mut from = span.start;
        while from < span.end {
            let to = from.checked_add(step).map_err(Refusal::far)?;
            let here = found
                .iter()
                .filter(|(_, (start, end), _)| *start < to && *end > from);
            let most = here.map(|(_, _, status)| digit(status)).max();
            view.push(most.unwrap_or('0'));
            from = to;
        }
        let zone = mailbox.zone.iana_name().unwrap_or("UTC");
        let zone = integrations_core::time::TzId::iana(zone);
        let zone = zone.to_windows().unwrap_or("UTC");
        Ok(
            json!({"scheduleId": name, "availabilityView": view, "scheduleItems": items,
            "workingHours": {"daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000",
                "timeZone": {"name": zone}}}),
        )
    }

    /// What a mailbox's default calendar has in a span, and how it shows; what is free is not in it.
    fn busy(&self, name: &str, span: TimeRange) -> Answer<Vec<Busy>> {
        let mailbox = self.mailbox(&name.to_lowercase())?;
        let mut found = Vec::new();
        for event in mailbox
            .calendar(&mailbox.default)?
            .between(span, &mailbox.zone)?
        {
            let shows = text(&event.item.fields, "showAs")
                .unwrap_or("busy")
                .to_owned();
            let cancelled = event.item.fields.get("isCancelled") == Some(&Value::Bool(true));
            if shows != "free" && !cancelled {
                let at = event.span(&mailbox.zone)?;
                found.push((event, at, shows));
            }
        }
        Ok(found)
    }

    /// `findMeetingTimes`, of the simplest sort: every half hour at which everybody who is known
    /// here is free (<https://learn.microsoft.com/graph/api/user-findmeetingtimes>). How Graph ranks
    /// suggestions is not described.
    pub(super) fn find_meeting_times(&self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.optional_body()?;
        only(
            &body,
            &[
                "attendees",
                "locationConstraint",
                "timeConstraint",
                "meetingDuration",
                "maxCandidates",
                "isOrganizerOptional",
                "returnSuggestionReasons",
                "minimumAttendeePercentage",
            ],
        )?;
        let length = parameter(&body, "meetingDuration")
            .and_then(Value::as_str)
            .unwrap_or("PT30M");
        let length = length.parse::<Span>().ok();
        let length = length.and_then(|span| SignedDuration::try_from(span).ok());
        let length = length.ok_or_else(|| bad("The meetingDuration is no ISO 8601 duration."))?;
        let most = parameter(&body, "maxCandidates")
            .and_then(Value::as_u64)
            .unwrap_or(20);
        let guests = parameter(&body, "attendees").and_then(Value::as_array);
        let guests = guests.cloned().unwrap_or_default();
        let utc = ("UTC".to_owned(), TimeZone::UTC);
        let (zone, rules) = call.prefer.zone.as_ref().unwrap_or(&utc);
        let constraint = parameter(&body, "timeConstraint");
        let slots = constraint.and_then(|it| it.as_object());
        let slots = slots
            .and_then(|it| parameter(it, "timeSlots"))
            .and_then(Value::as_array);
        let slots = slots.ok_or_else(|| bad("The timeConstraint has no timeSlots."))?;
        let mut made = Vec::new();
        for slot in slots {
            let span = span(slot.get("start"), slot.get("end"))?;
            let mut from = span.start;
            while made.len() < usize::try_from(most).unwrap_or(20) {
                let to = from.checked_add(length).map_err(Refusal::far)?;
                if to > span.end {
                    break;
                }
                let here = TimeRange {
                    start: from,
                    end: to,
                };
                if let Some(people) = self.all_free(&at.mailbox, &guests, here)? {
                    let write = |at| times::write(&EventTime::Utc(at), (zone, rules));
                    made.push(json!({"confidence": 100.0, "order": made.len() + 1,
                        "organizerAvailability": "free", "attendeeAvailability": people,
                        "locations": [], "suggestionReason": "Suggested because it is one of the \
                         nearest times when all attendees are available.",
                        "meetingTimeSlot": {"start": write(from), "end": write(to)}}));
                }
                from = from
                    .checked_add(SignedDuration::from_mins(30))
                    .map_err(Refusal::far)?;
            }
        }
        let why = if made.is_empty() {
            "attendeesUnavailable"
        } else {
            ""
        };
        let context = format!(
            "{}/v1.0/$metadata#microsoft.graph.meetingTimeSuggestionsResult",
            call.origin
        );
        Ok(Reply::json(
            200,
            json!({"@odata.context": context, "emptySuggestionsReason": why,
            "meetingTimeSuggestions": made}),
        ))
    }

    /// What is known of those asked for when all are free: one who is not here is unknown.
    fn all_free(&self, own: &str, guests: &[Value], span: TimeRange) -> Answer<Option<Vec<Value>>> {
        if !self.busy(own, span)?.is_empty() {
            return Ok(None);
        }
        let mut people = Vec::new();
        for guest in guests {
            let address = guest["emailAddress"]["address"]
                .as_str()
                .unwrap_or_default();
            let known = self.mailboxes.contains_key(&address.to_lowercase());
            if known && !self.busy(address, span)?.is_empty() {
                return Ok(None);
            }
            let availability = if known { "free" } else { "unknown" };
            let kind = guest["type"].as_str().unwrap_or("required");
            people.push(json!({"availability": availability,
                "attendee": {"type": kind, "emailAddress": {"address": address}}}));
        }
        Ok(Some(people))
    }
}

/// "0 = free or working elsewhere, 1 = tentative, 2 = busy, 3 = out of office."
fn digit(shows: &str) -> char {
    match shows {
        "tentative" => '1',
        "busy" => '2',
        "oof" => '3',
        _ => '0',
    }
}
