//! Free/busy.

use std::collections::BTreeSet;

use integrations_core::calendar::{FreeBusy, Subject};
use integrations_core::guard::Operation;
use integrations_core::time::TimeRange;
use integrations_core::{Error, Raw, Result};
use integrations_google::Call;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::GoogleCalendar;
use crate::operations::FREE_BUSY;
use crate::provider::missing;

/// A person's calendar has their address as its id.
fn id(subject: &Subject) -> Result<&str> {
    match subject {
        Subject::Calendar(id) => Ok(id.as_str()),
        Subject::Person(address) => Ok(address),
        _ => Err(Error::unsupported("free/busy of another kind of subject")),
    }
}

impl GoogleCalendar {
    pub(crate) async fn busy(
        &self,
        subjects: &[Subject],
        range: TimeRange,
    ) -> Result<Vec<FreeBusy>> {
        // A calendar and a person may be the same.
        let ids: BTreeSet<&str> = subjects.iter().map(id).collect::<Result<_>>()?;
        let items: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        let call = Call::post(&["freeBusy"]).json(json!({
            "timeMin": range.start.to_string(), "timeMax": range.end.to_string(), "items": items}));
        let answer = self.api.send(&Operation::of(&FREE_BUSY), &call).await?;
        let calendars = &answer["calendars"];
        subjects
            .iter()
            .map(|subject| read(subject, &calendars[id(subject)?]))
            .collect()
    }
}

/// Errors are of each calendar, in an answer that is a success: such a one is not free.
fn read(subject: &Subject, answer: &Value) -> Result<FreeBusy> {
    let mut known = match (
        answer["errors"][0]["reason"].as_str(),
        answer["busy"].as_array(),
    ) {
        (Some(reason), _) => FreeBusy::unknown(subject.clone(), reason),
        (None, None) => FreeBusy::unknown(subject.clone(), "Google did not answer for it"),
        (None, Some(busy)) => {
            let mut spans = Vec::with_capacity(busy.len());
            for span in busy {
                let at = |name: &str| {
                    span[name]
                        .as_str()
                        .and_then(|it| it.parse::<Timestamp>().ok())
                };
                let (Some(start), Some(end)) = (at("start"), at("end")) else {
                    return Err(missing("a span of taken time has no start or end"));
                };
                // One without length takes no time.
                spans.extend(TimeRange::new(start, end));
            }
            FreeBusy::new(subject.clone(), spans)
        }
    };
    known.raw = Raw::from(answer.clone());
    Ok(known)
}
