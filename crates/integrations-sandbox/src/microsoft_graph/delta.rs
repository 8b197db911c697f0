//! Changes of a calendar view since a state token
//! (<https://learn.microsoft.com/graph/delta-query-events>).

use std::collections::BTreeSet;
use std::sync::Arc;

use integrations_core::time::TimeRange;
use serde_json::{Value, json};

use super::ids;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Call, Place};
use super::series::{Event, Kind};
use super::show;
use super::state::{Answer, Calendar, State};

/// Where a round ended.
#[derive(Clone)]
pub(super) struct Sync {
    mailbox: String,
    calendar: String,
    span: TimeRange,
    since: u64,
    epoch: u64,
    /// What the client has: the keys that it was given and that were not taken back.
    known: BTreeSet<String>,
}

/// What follows a page of a round.
#[derive(Clone)]
pub(super) struct Pending {
    items: Arc<Vec<Change>>,
    from: usize,
    /// Where the round ends.
    end: Sync,
}

#[derive(Clone)]
enum Change {
    Is(Box<Event>),
    Gone(String),
}

impl State {
    pub(super) fn delta(&mut self, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        // "You cannot use $select", nor "$expand, $filter, $orderby, and $search"
        // (<https://learn.microsoft.com/graph/api/event-delta>).
        call.query
            .only(&["startdatetime", "enddatetime", "$deltatoken", "$skiptoken"])?;
        let mailbox = at.mailbox.clone();
        let calendar = self.calendar_id(at)?;
        let here = |sync: &Sync| sync.mailbox == mailbox && sync.calendar == calendar;
        let epoch = self.mailbox(&mailbox)?.calendar(&calendar)?.epoch;
        if let Some(token) = call.query.get("$skiptoken") {
            let pending = self.pending.get(token).filter(|it| here(&it.end)).cloned();
            let pending = pending.filter(|it| it.end.epoch == epoch);
            return self.round(pending.ok_or_else(Refusal::sync_state)?, at, call);
        }
        let (sync, first) = match call.query.get("$deltatoken") {
            Some(token) => {
                let sync = self.syncs.get(token).filter(|it| here(it)).cloned();
                let sync = sync.filter(|it| it.epoch == epoch);
                (sync.ok_or_else(Refusal::sync_state)?, false)
            }
            None => {
                let sync = Sync {
                    span: call.span()?,
                    since: 0,
                    known: BTreeSet::new(),
                    epoch,
                    mailbox: mailbox.clone(),
                    calendar: calendar.clone(),
                };
                (sync, true)
            }
        };
        let of = self.mailbox(&mailbox)?;
        let here = of.calendar(&calendar)?;
        let now = here.reaches(sync.span, &of.zone)?;
        let mut items = Vec::new();
        for event in &now {
            let version = here.version_of(event);
            if version > sync.since || !sync.known.contains(&event.key) {
                items.push(Change::Is(Box::new(event.clone())));
            }
        }
        let current: BTreeSet<String> = now.iter().map(|event| event.key.clone()).collect();
        if !first {
            // "Events that are within the date range and that have been deleted ..., events that are
            // outside the date range and that have been added, deleted, or updated": both are under
            // `@removed` with the reason `deleted` (the page).
            let left = sync.known.difference(&current).filter(|key| {
                let cancelled = ids::day(key).is_some() && current.contains(ids::master(key));
                !(self.silent && cancelled)
            });
            let mut gone: BTreeSet<String> = left.cloned().collect();
            let later = |version: &u64| *version > sync.since;
            let outside = here.events.iter().filter(|(_, item)| later(&item.changed));
            gone.extend(outside.map(|(key, _)| key.clone()));
            let deleted = here.gone.iter().filter(|(_, version)| later(version));
            let deleted = deleted.filter(|(key, _)| ids::day(key).is_none());
            gone.extend(deleted.map(|(key, _)| key.clone()));
            gone.retain(|key| !current.contains(key));
            items.extend(gone.into_iter().map(Change::Gone));
        }
        let end = Sync {
            since: self.version(),
            known: current,
            ..sync
        };
        let items = Arc::new(items);
        self.round(
            Pending {
                items,
                from: 0,
                end,
            },
            at,
            call,
        )
    }

    /// One page of a round. Its size is `odata.maxpagesize`; what it is without, is not described.
    fn round(&mut self, pending: Pending, at: &Place, call: &Call<'_>) -> Answer<Reply> {
        let size = call.prefer.page.unwrap_or(10);
        let to = pending.items.len().min(pending.from + size);
        let page = pending.items.get(pending.from..to).unwrap_or_default();
        let value: Vec<Value> = page.iter().map(|one| one.shown(call)).collect();
        let mut answer = json!({"@odata.context": call.context(at), "value": value});
        // The token is of this state alone, and its text says nothing.
        let (name, link) = if to < pending.items.len() {
            let token = format!("skip{:08x}", self.next());
            self.pending.insert(
                token.clone(),
                Pending {
                    from: to,
                    ..pending
                },
            );
            ("@odata.nextLink", format!("$skiptoken={token}"))
        } else {
            let token = format!("delta{:08x}", self.next());
            self.syncs.insert(token.clone(), pending.end);
            ("@odata.deltaLink", format!("$deltatoken={token}"))
        };
        answer[name] = format!("{}{}?{link}", call.origin, call.path).into();
        Ok(Reply::json(200, answer))
    }
}

impl Calendar {
    /// What a view has, and the series of its occurrences.
    fn reaches(&self, span: TimeRange, local: &jiff::tz::TimeZone) -> Answer<Vec<Event>> {
        let found = self.between(span, local)?;
        let mut masters = BTreeSet::new();
        for event in &found {
            if matches!(event.kind, Kind::Occurrence | Kind::Exception) {
                masters.insert(ids::master(&event.key).to_owned());
            }
        }
        let mut all = Vec::new();
        for key in masters {
            all.push(self.find(&key, local)?);
        }
        all.extend(found);
        Ok(all)
    }

    /// The version of an event. All of a series come again when it changes, with what was changed of
    /// it before ("the series master together with all remaining occurrences", as people found:
    /// <https://stackoverflow.com/q/55641502>).
    fn version_of(&self, event: &Event) -> u64 {
        let version = |key: &str| self.events.get(key).map(|item| item.changed);
        let (own, series) = (version(&event.key), version(ids::master(&event.key)));
        own.max(series).unwrap_or(event.item.changed)
    }
}

impl Change {
    fn shown(&self, call: &Call<'_>) -> Value {
        let made = match self {
            Self::Gone(key) => {
                let id = ids::id(key, call.prefer.immutable);
                return json!({"@odata.type": "#microsoft.graph.event", "id": id,
                    "@removed": {"reason": "deleted"}});
            }
            Self::Is(event) if event.kind == Kind::Occurrence => show::bare(event, &call.prefer),
            Self::Is(event) => show::event(event, &call.prefer),
        };
        let mut made = Value::Object(made);
        made["@odata.type"] = "#microsoft.graph.event".into();
        made
    }
}
