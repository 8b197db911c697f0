//! Lists of events: filters, pages, and sync tokens.

use std::sync::Arc;

use integrations_core::time::TimeRange;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::route::{Call, Query};
use super::state::{Answer, Calendar, Fields, Page, State, Sync, is_cancelled, text};
use super::times::{self, DAY};

/// "There are several query parameters that cannot be specified together with nextSyncToken"
/// (discovery document, `syncToken`).
const NOT_WITH_A_TOKEN: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];

/// How far a series without an end is expanded when the list has none: this stand-in's choice.
const AHEAD: i64 = 2 * 366;

/// What a list is asked for.
struct Filter {
    single: bool,
    deleted: bool,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    updated: Option<Timestamp>,
    /// Only what changed since this version, deletions too.
    since: Option<u64>,
    words: Vec<String>,
    uid: Option<String>,
    properties: Vec<(&'static str, String, String)>,
}

impl Filter {
    fn read(query: &Query) -> Answer<Self> {
        let time = |name: &'static str| {
            query
                .get(name)
                .map(|it| times::instant(name, it))
                .transpose()
        };
        let (from, to) = (time("timeMin")?, time("timeMax")?);
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            // "If timeMax is set, timeMin must be smaller than timeMax."
            return Err(Refusal::new(
                400,
                "timeRangeEmpty",
                "The specified time range is empty.",
            ));
        }
        let mut properties = Vec::new();
        for (kind, name) in [
            ("private", "privateExtendedProperty"),
            ("shared", "sharedExtendedProperty"),
        ] {
            for pair in query.all(name) {
                let (name, value) = pair
                    .split_once('=')
                    .ok_or_else(|| Refusal::invalid("Invalid extended property constraint."))?;
                properties.push((kind, name.to_owned(), value.to_owned()));
            }
        }
        let words = query.get("q").unwrap_or_default().to_lowercase();
        Ok(Self {
            single: query.is("singleEvents"),
            deleted: query.is("showDeleted"),
            from,
            to,
            updated: time("updatedMin")?,
            since: None,
            words: words.split_whitespace().map(str::to_owned).collect(),
            uid: query.get("iCalUID").map(str::to_owned),
            properties,
        })
    }

    fn touches(&self, from: Timestamp, to: Timestamp) -> bool {
        // Both bounds are exclusive: of the end, and of the start.
        self.from.is_none_or(|bound| to > bound) && self.to.is_none_or(|bound| from < bound)
    }

    fn says(&self, fields: &Fields) -> bool {
        let mut said = String::new();
        for name in ["summary", "description", "location"] {
            said.push_str(text(fields, name).unwrap_or_default());
            said.push(' ');
        }
        for one in fields
            .get("attendees")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            for name in ["displayName", "email"] {
                said.push_str(one[name].as_str().unwrap_or_default());
                said.push(' ');
            }
        }
        let said = said.to_lowercase();
        self.words.iter().all(|word| said.contains(word))
    }

    fn fits(&self, fields: &Fields) -> bool {
        let uid = self.uid.as_deref();
        let has = |(kind, name, value): &(&str, String, String)| {
            fields
                .get("extendedProperties")
                .is_some_and(|it| it[kind][name] == **value)
        };
        let updated = text(fields, "updated").and_then(|it| it.parse::<Timestamp>().ok());
        (uid.is_none() || text(fields, "iCalUID") == uid)
            && self.says(fields)
            && self.properties.iter().all(has)
            && self
                .updated
                .is_none_or(|bound| updated.is_some_and(|it| it >= bound))
    }

    /// Whether a cancelled event is listed. "Cancelled instances of recurring events (but not the
    /// underlying recurring event) will still be included if showDeleted and singleEvents are both
    /// False." "Entries deleted since this time will always be included regardless of showDeleted."
    /// (discovery document, `showDeleted`, `updatedMin`)
    fn shows_cancelled(&self, calendar: &Calendar, fields: &Fields) -> bool {
        let master = text(fields, "recurringEventId").and_then(|id| calendar.events.get(id));
        let lives = master.is_some_and(|item| !item.is_cancelled());
        self.deleted || self.since.is_some() || self.updated.is_some() || !self.single && lives
    }
}

impl Calendar {
    fn collect(&self, filter: &Filter, now: Timestamp) -> Answer<Vec<(Timestamp, Fields)>> {
        let mut found = Vec::new();
        for item in self.events.values() {
            if filter.since.is_some_and(|since| item.changed <= since) {
                continue;
            }
            let fields = &item.fields;
            if item.is_cancelled() && !filter.shows_cancelled(self, fields) {
                continue;
            }
            let times = self.times(fields)?;
            if !fields.contains_key("recurrence") {
                if filter.fits(fields) && filter.touches(times.from, times.to) {
                    found.push((times.from, fields.clone()));
                }
                continue;
            }
            if !filter.single {
                // A series by its whole span: which of the two Google looks at, span or
                // occurrences, is not described, and a client has to stand both.
                let ends = !fields["recurrence"].to_string().contains("UNTIL")
                    && !fields["recurrence"].to_string().contains("COUNT");
                let starts_before = filter.to.is_none_or(|bound| times.from < bound);
                let reaches = ends || {
                    let all = TimeRange {
                        start: times.from,
                        end: now.max(times.from) + DAY * (10 * 366),
                    };
                    let last = self.occurrences(fields, all)?.pop();
                    let last = last.map(|last| self.times(&last)).transpose()?;
                    filter
                        .from
                        .is_none_or(|bound| last.is_some_and(|last| last.to > bound))
                };
                if filter.fits(fields) && starts_before && reaches {
                    found.push((times.from, fields.clone()));
                }
                continue;
            }
            if item.is_cancelled() {
                continue;
            }
            let length = times.to.duration_since(times.from) + DAY;
            let lowest = filter
                .from
                .map_or(times.from, |bound| bound - length)
                .max(times.from - DAY);
            let highest = filter
                .to
                .unwrap_or(now + DAY * i32::try_from(AHEAD).unwrap_or(732));
            if lowest >= highest {
                continue;
            }
            for made in self.occurrences(
                fields,
                TimeRange {
                    start: lowest,
                    end: highest,
                },
            )? {
                let kept = text(&made, "id").is_some_and(|id| self.events.contains_key(id));
                let times = self.times(&made)?;
                if !kept && filter.fits(&made) && filter.touches(times.from, times.to) {
                    found.push((times.from, made));
                }
            }
        }
        Ok(found)
    }
}

impl State {
    pub(super) fn list(&mut self, calendar: &str, call: &Call<'_>) -> Answer {
        let query = call.query;
        let of = format!(
            "{} {}",
            self.calendar_id(calendar),
            query.without(&["pageToken", "maxResults"])
        );
        self.calendar(calendar)?;
        if let Some(token) = query.get("pageToken") {
            return self.go_on(calendar, token, &of, query);
        }
        let mut filter = Filter::read(query)?;
        match query.get("orderBy") {
            Some("startTime") if !filter.single => {
                return Err(Refusal::invalid(
                    "The requested ordering is not available for the particular query.",
                ));
            }
            None | Some("startTime" | "updated") => {}
            Some(_) => return Err(Refusal::parameter("orderBy", "Invalid value for orderBy")),
        }
        if let Some(token) = query.get("syncToken") {
            filter.since = Some(self.since(calendar, token, query, &filter)?);
        }
        let since = self.version();
        let now = self.now;
        let mut found = self.calendar(calendar)?.collect(&filter, now)?;
        match query.get("orderBy") {
            Some("startTime") => found.sort_by_key(|(from, _)| *from),
            Some(_) => found.sort_by_key(|(_, fields)| text(fields, "updated").map(str::to_owned)),
            None => {}
        }
        let items: Vec<Value> = found
            .into_iter()
            .map(|(_, fields)| Value::Object(shown(fields)))
            .collect();
        // A list that a token could not go on from gets none.
        let plain = [
            "q",
            "orderBy",
            "iCalUID",
            "updatedMin",
            "privateExtendedProperty",
            "sharedExtendedProperty",
        ];
        let sync = plain.iter().all(|name| query.get(name).is_none()).then(|| {
            let id = self.calendar_id(calendar).to_owned();
            let epoch = self.calendar(calendar).map_or(0, |it| it.epoch);
            let token = format!("sync-{}", self.next());
            let single = filter.single;
            self.syncs.insert(
                token.clone(),
                Sync {
                    calendar: id,
                    since,
                    epoch,
                    single,
                },
            );
            token
        });
        let page = Page {
            of,
            items: Arc::new(items),
            from: 0,
            sync,
        };
        self.page(calendar, page, query)
    }

    /// The version that a sync token stands for.
    fn since(&self, calendar: &str, token: &str, query: &Query, filter: &Filter) -> Answer<u64> {
        for name in NOT_WITH_A_TOKEN {
            if query.get(name).is_some() {
                let text = format!("The sync token cannot be used with the parameter {name}.");
                return Err(Refusal::parameter("syncToken", text));
            }
        }
        // "It is not allowed to set showDeleted to False."
        if query.get("showDeleted") == Some("false") {
            return Err(Refusal::parameter(
                "showDeleted",
                "showDeleted cannot be false with a sync token.",
            ));
        }
        let known = self.syncs.get(token).ok_or_else(Refusal::full_sync)?;
        let here = self.calendar(calendar)?;
        if known.calendar != self.calendar_id(calendar) || known.epoch != here.epoch {
            return Err(Refusal::full_sync());
        }
        // "All other query parameters should be the same as for the initial synchronization to avoid
        // undefined behavior": here it is an error, so that a client that changes them is found.
        if known.single != filter.single {
            return Err(Refusal::parameter(
                "singleEvents",
                "singleEvents differs from the first request.",
            ));
        }
        Ok(known.since)
    }

    fn go_on(&mut self, calendar: &str, token: &str, of: &str, query: &Query) -> Answer {
        let wrong = || Refusal::parameter("pageToken", "Invalid page token value.");
        let page = self.pages.get(token).filter(|page| page.of == of).cloned();
        self.page(calendar, page.ok_or_else(wrong)?, query)
    }

    fn page(&mut self, calendar: &str, page: Page, query: &Query) -> Answer {
        // "By default the value is 250 events. The page size can never be larger than 2500 events."
        let most = match query.get("maxResults").map(str::parse::<usize>) {
            None => 250,
            Some(Ok(most @ 1..)) => most.min(2500),
            Some(_) => {
                return Err(Refusal::parameter(
                    "maxResults",
                    "Invalid value for maxResults",
                ));
            }
        };
        let end = page.items.len().min(page.from + most);
        let items = page.items.get(page.from..end).unwrap_or_default().to_vec();
        let etag = format!("\"p{}\"", self.version());
        let resource = &self.calendar(calendar)?.resource;
        let mut answer = json!({
            "kind": "calendar#events", "etag": etag, "summary": resource["summary"],
            "updated": times::stamp(self.now), "timeZone": resource["timeZone"],
            "accessRole": "owner", "defaultReminders": [{"method": "popup", "minutes": 30}],
            "items": items,
        });
        // "Token used to access the next page ... in which case nextSyncToken is provided": one of
        // the two (discovery document, `Events`).
        if end < page.items.len() {
            let token = format!("page-{}", self.next());
            self.pages.insert(token.clone(), Page { from: end, ..page });
            answer["nextPageToken"] = token.into();
        } else if let Some(sync) = page.sync {
            answer["nextSyncToken"] = sync.into();
        }
        Ok(answer)
    }

    /// The occurrences of one series.
    pub(super) fn instances(&mut self, calendar: &str, id: &str, call: &Call<'_>) -> Answer {
        let query = call.query;
        let key = query.without(&["pageToken", "maxResults"]);
        let of = format!("{} {id} {key}", self.calendar_id(calendar));
        if let Some(token) = query.get("pageToken") {
            return self.go_on(calendar, token, &of, query);
        }
        let filter = Filter::read(query)?;
        let now = self.now;
        let here = self.calendar(calendar)?;
        let master = here.events.get(id).ok_or_else(Refusal::not_found)?;
        if master.is_cancelled() || !master.fields.contains_key("recurrence") {
            return Err(Refusal::not_found());
        }
        let times = here.times(&master.fields)?;
        let length = times.to.duration_since(times.from) + DAY;
        let start = filter
            .from
            .map_or(times.from, |bound| bound - length)
            .max(times.from - DAY);
        let end = filter
            .to
            .unwrap_or(now + DAY * i32::try_from(AHEAD).unwrap_or(732))
            .max(start + DAY);
        let mut found = Vec::new();
        for fields in here.instances(id, &master.fields, TimeRange { start, end })? {
            let times = here.times(&fields)?;
            if filter.touches(times.from, times.to) && (filter.deleted || !is_cancelled(&fields)) {
                found.push((times.from, fields));
            }
        }
        found.sort_by_key(|(from, _)| *from);
        let items = found
            .into_iter()
            .map(|(_, fields)| Value::Object(shown(fields)))
            .collect();
        let page = Page {
            of,
            items: Arc::new(items),
            from: 0,
            sync: None,
        };
        self.page(calendar, page, query)
    }
}

/// A cancelled exception as Google may answer it: "only guaranteed to have values for the id,
/// recurringEventId and originalStartTime fields populated" (discovery document, `Event.status`).
fn shown(fields: Fields) -> Fields {
    if !is_cancelled(&fields) || !fields.contains_key("recurringEventId") {
        return fields;
    }
    let kept = [
        "kind",
        "etag",
        "id",
        "status",
        "recurringEventId",
        "originalStartTime",
    ];
    fields
        .into_iter()
        .filter(|(name, _)| kept.contains(&name.as_str()))
        .collect()
}
