//! Occurrences of series.

use integrations_core::calendar::recurrence::expand;
use integrations_core::time::{EventTime, TimeRange};
use jiff::Timestamp;
use serde_json::Value;

use super::refusal::Refusal;
use super::rules;
use super::state::{Answer, Calendar, Fields, Item, text};
use super::times::{DAY, at_of, end_of, read, write};

/// The times of an event.
pub(super) struct Times {
    pub(super) start: EventTime,
    pub(super) end: EventTime,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Calendar {
    pub(super) fn times(&self, fields: &Fields) -> Answer<Times> {
        let start = read(fields.get("start"), &self.zone, "start")?;
        let end = read(fields.get("end"), &self.zone, "end")?;
        Ok(Times {
            from: at_of(&start, &self.zone)?,
            to: at_of(&end, &self.zone)?,
            start,
            end,
        })
    }

    /// An event by its id: one that is kept, or an occurrence that a series makes.
    pub(super) fn find(&self, id: &str) -> Answer<Fields> {
        if let Some(item) = self.events.get(id) {
            return Ok(item.fields.clone());
        }
        let (master, stamp) = id.rsplit_once('_').ok_or_else(Refusal::not_found)?;
        let master = self.events.get(master).filter(|item| !item.is_cancelled());
        let master = master.ok_or_else(Refusal::not_found)?;
        let near = self.near(stamp).ok_or_else(Refusal::not_found)?;
        let mut made = self.occurrences(&master.fields, near)?.into_iter();
        made.find(|fields| text(fields, "id") == Some(id))
            .ok_or_else(Refusal::not_found)
    }

    /// A window around the stamp of an occurrence's id.
    fn near(&self, stamp: &str) -> Option<TimeRange> {
        let day = jiff::civil::Date::strptime("%Y%m%d", stamp.get(..8)?).ok()?;
        let at = self
            .zone
            .to_ambiguous_timestamp(day.at(0, 0, 0, 0))
            .compatible()
            .ok()?;
        let (start, end) = (at.checked_sub(DAY).ok()?, at.checked_add(DAY + DAY).ok()?);
        TimeRange::new(start, end).ok()
    }

    /// The occurrences that a series makes that start in a window, exceptions not looked at.
    pub(super) fn occurrences(&self, master: &Fields, window: TimeRange) -> Answer<Vec<Fields>> {
        let times = self.times(master)?;
        let Some(recurrence) = rules::read(master, &times.start)? else {
            return Ok(Vec::new());
        };
        let starts = expand(&times.start, &recurrence, window, &self.zone)
            .map_err(|error| Refusal::invalid(error.message().to_owned()))?;
        let id = text(master, "id").unwrap_or_default();
        let named = master
            .get("start")
            .and_then(|it| it.get("timeZone"))
            .and_then(Value::as_str);
        let mut made = Vec::with_capacity(starts.len());
        for start in starts {
            let mut fields = master.clone();
            fields.remove("recurrence");
            let stamp = rules::stamp(&start, at_of(&start, &self.zone)?);
            let end = end_of(&start, (&times.start, &times.end), &self.zone)?;
            let start = write(&start, &self.zone, named)?;
            fields.insert("id".into(), format!("{id}_{stamp}").into());
            fields.insert("recurringEventId".into(), id.into());
            fields.insert("originalStartTime".into(), start.clone());
            fields.insert("start".into(), start);
            fields.insert("end".into(), write(&end, &self.zone, named)?);
            made.push(fields);
        }
        Ok(made)
    }

    /// Those of a series that are there in a window: as the series makes them, or as an exception
    /// has them, wherever that was moved.
    pub(super) fn instances(
        &self,
        id: &str,
        master: &Fields,
        window: TimeRange,
    ) -> Answer<Vec<Fields>> {
        let mut all: Vec<Fields> = Vec::new();
        for made in self.occurrences(master, window)? {
            let kept = text(&made, "id").is_some_and(|id| self.events.contains_key(id));
            if !kept {
                all.push(made);
            }
        }
        all.extend(self.exceptions(id).map(|item| item.fields.clone()));
        Ok(all)
    }

    /// The exceptions of a series, cancelled ones too.
    pub(super) fn exceptions<'c>(&'c self, master: &'c str) -> impl Iterator<Item = &'c Item> {
        let of = move |item: &&Item| text(&item.fields, "recurringEventId") == Some(master);
        self.events.values().filter(of)
    }
}
