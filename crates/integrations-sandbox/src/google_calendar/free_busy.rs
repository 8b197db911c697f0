//! Free/busy.

use integrations_core::time::TimeRange;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::route::Call;
use super::state::{Answer, Calendar, Fields, State, is_cancelled, text};
use super::times::{self, DAY};

/// "Maximum value is 50." (discovery document, `FreeBusyRequest.calendarExpansionMax`)
const MOST: usize = 50;

impl State {
    pub(super) fn free_busy(&mut self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let time = |name: &'static str| {
            let text =
                text(&body, name).ok_or_else(|| Refusal::required(format!("Missing {name}.")))?;
            times::instant(name, text)
        };
        let (start, end) = (time("timeMin")?, time("timeMax")?);
        let Ok(range) = TimeRange::new(start, end) else {
            return Err(Refusal::new(
                400,
                "timeRangeEmpty",
                "The specified time range is empty.",
            ));
        };
        let items = body
            .get("items")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let mut calendars = Fields::new();
        for item in &items {
            let id = item["id"].as_str().unwrap_or_default();
            // Errors are of each calendar, in an answer that is a success.
            let error = |reason: &str| json!({"errors": [{"domain": "global", "reason": reason}], "busy": []});
            let answer = match self.calendar(id) {
                _ if items.len() > MOST => error("tooManyCalendarsRequested"),
                Err(_) => error("notFound"),
                Ok(calendar) => json!({"busy": calendar.busy(range)?}),
            };
            calendars.insert(id.to_owned(), answer);
        }
        Ok(
            json!({"kind": "calendar#freeBusy", "timeMin": times::stamp(start),
            "timeMax": times::stamp(end), "calendars": calendars}),
        )
    }
}

impl Calendar {
    fn busy(&self, range: TimeRange) -> Answer<Vec<Value>> {
        let mut spans = Vec::new();
        let mut add = |fields: &Fields| -> Answer<()> {
            let times = self.times(fields)?;
            let takes =
                text(fields, "transparency") != Some("transparent") && !is_cancelled(fields);
            if takes && times.from < range.end && times.to > range.start {
                spans.push((times.from, times.to));
            }
            Ok(())
        };
        for item in self.events.values() {
            let fields = &item.fields;
            if !fields.contains_key("recurrence") {
                add(fields)?;
                continue;
            }
            if item.is_cancelled() {
                continue;
            }
            let times = self.times(fields)?;
            let length = times.to.duration_since(times.from) + DAY;
            let window = TimeRange {
                start: range.start - length,
                end: range.end,
            };
            for made in self.occurrences(fields, window)? {
                if text(&made, "id").is_some_and(|id| !self.events.contains_key(id)) {
                    add(&made)?;
                }
            }
        }
        spans.sort_unstable();
        let span =
            |(from, to): &(_, _)| json!({"start": times::stamp(*from), "end": times::stamp(*to)});
        Ok(spans.iter().map(span).collect())
    }
}
