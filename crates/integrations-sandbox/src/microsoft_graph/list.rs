//! Lists of events: filters, orders, pages; and the calendar view.

use integrations_core::time::TimeRange;
use serde_json::{Value, json};

use super::events::with_expanded;
use super::filter::{Filter, order};
use super::query::Prefer;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Call, Place};
use super::series::{Event, Kind};
use super::show;
use super::state::{Answer, Calendar, Fields, State};
use super::times;

/// What `$expand` asks for.
#[derive(Default)]
pub(super) struct Expand {
    /// The ids of extended properties.
    pub(super) properties: Option<Vec<String>>,
    pub(super) attachments: bool,
    pub(super) exceptions: bool,
}

impl Expand {
    /// `instances` and `calendar` cannot be expanded (the event's page, its annotations).
    pub(super) fn read(text: Option<&str>) -> Answer<Self> {
        let mut made = Self::default();
        for part in outside(text.unwrap_or_default()) {
            let (name, inside) = match part.split_once('(') {
                Some((name, rest)) => (name, rest.strip_suffix(')')),
                None => (part, Some("")),
            };
            let inside =
                inside.ok_or_else(|| Refusal::query("A bracket of $expand is missing."))?;
            match (name, inside) {
                ("attachments", "") => made.attachments = true,
                ("exceptionOccurrences", "") => made.exceptions = true,
                ("singleValueExtendedProperties", inside) => {
                    // "Use a $filter and eq operator on the id property to specify the extended
                    // property. This is currently the only way"
                    // (<https://learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get>).
                    let filter = inside.split_once('=');
                    let filter = filter.filter(|(name, _)| matches!(*name, "$filter" | "filter"));
                    let words = "The extended properties to expand have to be named by $filter.";
                    let (_, filter) = filter.ok_or_else(|| Refusal::query(words))?;
                    made.properties = Some(Filter::ids(filter)?);
                }
                (name, _) => {
                    let words = format!("Property '{name}' cannot be expanded here.");
                    return Err(Refusal::query(words));
                }
            }
        }
        Ok(made)
    }
}

/// The parts of a list, whose commas in brackets and quotes are none.
fn outside(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted) = (0_i32, false);
    let parts = text.split(move |c| {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0 && !quoted
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

/// The properties of an event that `$select` can name.
const PROPERTIES: &[&str] = &[
    "allowNewTimeProposals",
    "attendees",
    "body",
    "bodyPreview",
    "cancelledOccurrences",
    "categories",
    "changeKey",
    "createdDateTime",
    "end",
    "exceptionOccurrences",
    "hasAttachments",
    "hideAttendees",
    "iCalUId",
    "id",
    "importance",
    "isAllDay",
    "isCancelled",
    "isDraft",
    "isOnlineMeeting",
    "isOrganizer",
    "isReminderOn",
    "lastModifiedDateTime",
    "location",
    "locations",
    "onlineMeeting",
    "onlineMeetingProvider",
    "onlineMeetingUrl",
    "organizer",
    "originalEndTimeZone",
    "originalStart",
    "originalStartTimeZone",
    "recurrence",
    "reminderMinutesBeforeStart",
    "responseRequested",
    "responseStatus",
    "sensitivity",
    "seriesMasterId",
    "showAs",
    "singleValueExtendedProperties",
    "start",
    "subject",
    "transactionId",
    "type",
    "webLink",
    "attachments",
];

impl Call<'_> {
    fn selected(&self) -> Answer<Option<Vec<&str>>> {
        let Some(text) = self.query.get("$select") else {
            return Ok(None);
        };
        let names: Vec<&str> = text.split(',').map(str::trim).collect();
        match names.iter().find(|name| !PROPERTIES.contains(name)) {
            None => Ok(Some(names)),
            Some(name) => Err(Refusal::query(format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.event'."
            ))),
        }
    }

    /// An event with what `$select` and `$expand` say. `one` says that it was asked for by its id:
    /// "Returned only on $select in a Get operation which specifies the ID of a series master"
    /// (the event's page, `cancelledOccurrences`, `exceptionOccurrences`).
    pub(super) fn shaped(&self, event: &Event, of: &Calendar, one: bool) -> Answer<Fields> {
        let selected = self.selected()?;
        let expand = Expand::read(self.query.get("$expand"))?;
        let mut made = show::event(event, &self.prefer);
        let asked = |name: &str| selected.as_ref().is_some_and(|all| all.contains(&name));
        made = show::select(made, selected.as_deref());
        if one && event.kind == Kind::Master {
            if asked("cancelledOccurrences") {
                made.insert(
                    "cancelledOccurrences".into(),
                    show::cancelled(event, &self.prefer),
                );
            }
            if expand.exceptions {
                let all = show::exceptions(of, &event.key, &self.prefer);
                made.insert("exceptionOccurrences".into(), all);
            }
        }
        Ok(with_expanded(made, event, &expand, &self.prefer))
    }

    /// The bounds of a view: both are required.
    pub(super) fn span(&self) -> Answer<TimeRange> {
        let bound = |name: &'static str, lower: &str| {
            let text = self.query.get(lower);
            let words = "This request requires a time window specified by the query string \
                         parameters StartDateTime and EndDateTime.";
            let text = text.ok_or_else(|| Refusal::new(400, "ErrorInvalidParameter", words))?;
            times::instant(text).ok_or_else(|| {
                let words = format!("The value '{text}' of parameter '{name}' is invalid.");
                Refusal::new(400, "ErrorInvalidParameter", words)
            })
        };
        let start = bound("StartDateTime", "startdatetime")?;
        let end = bound("EndDateTime", "enddatetime")?;
        TimeRange::new(start, end).map_err(|_| {
            let words = "The start of the time window has to be before its end.";
            Refusal::new(400, "ErrorInvalidParameter", words)
        })
    }

    /// A page of a list: of ten, and of a thousand at most, which are the bounds of messages
    /// (<https://learn.microsoft.com/graph/api/user-list-messages>); that events have the same, and
    /// that `odata.maxpagesize` is taken as `$top` is, is this stand-in's choice.
    pub(super) fn page(&self, found: Vec<Event>, of: &Calendar, at: &Place) -> Answer<Reply> {
        self.query.only(&[
            "$select",
            "$expand",
            "$filter",
            "$orderby",
            "$top",
            "$skip",
            "$count",
            "startdatetime",
            "enddatetime",
        ])?;
        let plain = Prefer::default();
        let filter = self.query.get("$filter").map(Filter::read).transpose()?;
        let mut kept = Vec::new();
        for event in found {
            let mut fields = show::event(&event, &plain);
            let all = event.item.properties.keys().cloned().collect::<Vec<_>>();
            let properties = super::properties::expanded(&event.item, &all);
            fields.insert("singleValueExtendedProperties".into(), properties);
            if filter.as_ref().is_none_or(|filter| filter.fits(&fields)) {
                kept.push((fields, event));
            }
        }
        if let Some(by) = self.query.get("$orderby") {
            let mut ordered: Vec<Fields> = kept.iter().map(|(fields, _)| fields.clone()).collect();
            order(&mut ordered, by)?;
            let place = |fields: &Fields| ordered.iter().position(|it| it["id"] == fields["id"]);
            kept.sort_by_key(|(fields, _)| place(fields));
        }
        let mut items = Vec::new();
        for (_, event) in &kept {
            items.push(Value::Object(self.shaped(event, of, false)?));
        }
        self.slice(items, at)
    }

    /// A page of what a list has.
    pub(super) fn slice(&self, items: Vec<Value>, at: &Place) -> Answer<Reply> {
        let top = self.query.number("$top")?;
        if top.is_some_and(|top| !(1..=1000).contains(&top)) {
            return Err(Refusal::query(
                "The limit of '1000' for Top query has been exceeded.",
            ));
        }
        let size = top.or(self.prefer.page).unwrap_or(10).min(1000);
        let skip = self.query.number("$skip")?.unwrap_or(0);
        let count = items.len();
        let page: Vec<Value> = items.into_iter().skip(skip).take(size).collect();
        let end = skip + page.len();
        let mut answer = json!({"@odata.context": self.context(at)});
        if self.query.get("$count") == Some("true") {
            answer["@odata.count"] = count.into();
        }
        answer["value"] = page.into();
        if end < count {
            let query = self.query.with("$skip", &end.to_string());
            let link = format!("{}{}?{query}", self.origin, self.path);
            answer["@odata.nextLink"] = link.into();
        }
        Ok(Reply::json(200, answer))
    }
}

impl State {
    /// "The list contains single instance meetings and series masters."
    pub(super) fn list(&self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        for name in ["startdatetime", "enddatetime"] {
            if call.query.get(name).is_some() {
                return Err(Refusal::query(format!(
                    "'{name}' is of a calendar view alone."
                )));
            }
        }
        let mailbox = self.mailbox(&at.mailbox)?;
        let here = mailbox.calendar(&self.calendar_id(at)?)?;
        let own = here
            .events
            .iter()
            .filter(|(_, item)| item.original.is_none());
        let found = own.map(|(key, item)| here.seen(key, item));
        let found = found.collect::<Answer<Vec<_>>>()?;
        call.page(found, here, at)
    }

    /// "The occurrences, exceptions, and single instances of events in a calendar view defined by a
    /// time range" (<https://learn.microsoft.com/graph/api/calendar-list-calendarview>).
    pub(super) fn view(&self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        let span = call.span()?;
        let mailbox = self.mailbox(&at.mailbox)?;
        let here = mailbox.calendar(&self.calendar_id(at)?)?;
        let found = here.between(span, &mailbox.zone)?;
        call.page(found, here, at)
    }
}
