//! Changes of a series: of the whole, of one occurrence, of those from one on.

use integrations_core::calendar::recurrence::Recurrence;
use integrations_core::calendar::{Event, EventId, EventKind, EventPatch, Patch};
use integrations_core::time::EventTime;
use integrations_core::{Error, Result};
use integrations_icalendar::{
    Component, Line, Reader, add_zones, apply, override_of, put_recurrence, set_times,
    significant_lines, time_line, touch,
};
use jiff::Timestamp;

use super::Series;

impl Series {
    /// The component of the series, or of one changed occurrence.
    fn part_mut(&mut self, at: Option<Timestamp>) -> Option<&mut Component> {
        let original = match at {
            None => None,
            Some(at) => match &self.changed.get(&at)?.kind {
                EventKind::Occurrence { original_start, .. } => Some(original_start.clone()),
                _ => None,
            },
        };
        let reader = Reader::new(&self.object, &self.calendar);
        let place = self
            .object
            .parts()
            .position(|part| part.name() == "VEVENT" && reader.original(part) == original)?;
        self.object.parts_mut().nth(place)
    }

    fn master_mut(&mut self) -> Result<&mut Component> {
        self.part_mut(None)
            .ok_or_else(|| Error::not_found("the series of these occurrences"))
    }

    /// Carries a change of a component out: counts it where those who are invited have to be asked
    /// again, and marks it as written now.
    fn change(
        part: &mut Component,
        now: Timestamp,
        change: impl FnOnce(&mut Component) -> Result<()>,
    ) -> Result<()> {
        let before = significant_lines(part);
        change(part)?;
        if significant_lines(part) != before {
            let sequence = part.line("SEQUENCE");
            let count = sequence.and_then(|line| line.raw_value().trim().parse::<u32>().ok());
            let next = count.unwrap_or(0).saturating_add(1).to_string();
            part.replace("SEQUENCE", [Line::new("SEQUENCE").value(&next)]);
        }
        touch(part, now);
        Ok(())
    }

    fn changed_now(&mut self) -> Result<()> {
        add_known_zones(&mut self.object)?;
        self.reread()
    }

    /// Carries a patch out on the event that stands alone, or the whole series.
    pub(crate) fn patch_all(&mut self, patch: &EventPatch, now: Timestamp) -> Result<()> {
        let part = self.master_mut()?;
        Self::change(part, now, |part| {
            apply(part, patch)?;
            match &patch.recurrence {
                Patch::Keep => {}
                Patch::Clear => put_recurrence(part, &Recurrence::default()),
                Patch::Set(recurrence) => put_recurrence(part, recurrence),
            }
            Ok(())
        })?;
        self.changed_now()?;
        let master = self.the_master()?;
        if let Some(recurrence) = &master.recurrence {
            recurrence.check(&master.start)?;
        }
        // An occurrence that the series no longer has cannot differ from it.
        if patch.times.is_some() || !patch.recurrence.is_keep() {
            let mut gone = Vec::new();
            for at in self.changed.keys() {
                if self.start_at(*at)?.is_none() {
                    gone.push(*at);
                }
            }
            if gone.iter().any(|at| self.is_of_future(*at)) {
                return Err(future(
                    "another time or rule of a series of which all were changed",
                ));
            }
            self.drop_changed(&gone)?;
        }
        Ok(())
    }

    /// Whether an occurrence was changed with all that follow.
    fn is_of_future(&self, at: Timestamp) -> bool {
        self.changed.get(&at).is_some_and(|event| event.and_future)
    }

    fn drop_changed(&mut self, gone: &[Timestamp]) -> Result<()> {
        let mut originals = Vec::new();
        for at in gone {
            if let Some(EventKind::Occurrence { original_start, .. }) =
                self.changed.get(at).map(|event| &event.kind)
            {
                originals.push(original_start.clone());
            }
        }
        if originals.is_empty() {
            return Ok(());
        }
        let reader = Reader::new(&self.object, &self.calendar);
        let is_gone = |part: &Component| {
            let original = reader.original(part);
            part.name() == "VEVENT" && original.is_some_and(|it| originals.contains(&it))
        };
        let keep: Vec<bool> = self.object.parts().map(|part| !is_gone(part)).collect();
        let mut keep = keep.into_iter();
        self.object.retain_parts(|_| keep.next().unwrap_or(true));
        self.reread()
    }

    /// Carries a patch out on one occurrence.
    pub(crate) fn patch_one(
        &mut self,
        at: Timestamp,
        patch: &EventPatch,
        now: Timestamp,
    ) -> Result<Event> {
        if self.is_of_future(at) {
            return Err(future(
                "a change of the one occurrence from which on all were changed",
            ));
        }
        if !self.changed.contains_key(&at) {
            let gone = || Error::not_found("the occurrence");
            let start = self.start_at(at)?.ok_or_else(gone)?;
            let now = self.occurrence(at)?.ok_or_else(gone)?;
            let from = match &self.plan().in_force(at).map(|event| event.kind.clone()) {
                Some(EventKind::Occurrence { original_start, .. }) => {
                    Some(original_start.to_timestamp(&self.zone)?)
                }
                _ => None,
            };
            let of = self.part_mut(from).ok_or_else(gone)?;
            let one = override_of(of, &start, &now.start, &now.end);
            self.object.push_part(one);
            self.reread()?;
        }
        let gone = || Error::internal("the changed occurrence is not in its object");
        let part = self.part_mut(Some(at)).ok_or_else(gone)?;
        Self::change(part, now, |part| apply(part, patch))?;
        self.changed_now()?;
        self.changed.get(&at).cloned().ok_or_else(gone)
    }

    /// Takes one occurrence out.
    pub(crate) fn take_out(
        &mut self,
        at: Timestamp,
        original: &EventTime,
        now: Timestamp,
    ) -> Result<()> {
        if self.is_of_future(at) {
            return Err(future(
                "a deletion of the one occurrence from which on all were changed",
            ));
        }
        self.drop_changed(&[at])?;
        let line = time_line("EXDATE", original);
        let Some(part) = self.part_mut(None) else {
            // There was nothing but this occurrence.
            return Ok(());
        };
        Self::change(part, now, |part| {
            part.push(line);
            Ok(())
        })?;
        self.changed_now()
    }

    /// Ends the series before an instant.
    pub(crate) fn end_before(&mut self, at: Timestamp, now: Timestamp) -> Result<()> {
        let gone: Vec<Timestamp> = self.changed.range(at..).map(|(at, _)| *at).collect();
        self.drop_changed(&gone)?;
        let master = self.the_master()?;
        let whole = master.recurrence.clone().unwrap_or_default();
        let (recurrence, _) = whole.split_at(&master.start, at, &self.zone)?;
        let part = self.master_mut()?;
        Self::change(part, now, |part| {
            put_recurrence(part, &recurrence);
            Ok(())
        })?;
        self.changed_now()
    }

    /// The part of the series from an occurrence on, as a series of its own.
    pub(crate) fn tail(
        &self,
        at: Timestamp,
        start: &EventTime,
        id: EventId,
        uid: &str,
        now: Timestamp,
    ) -> Result<Self> {
        if self.plan().in_force(at).is_some() {
            return Err(future(
                "a change of what follows where all that follow were changed",
            ));
        }
        let master = self.the_master()?;
        let whole = master.recurrence.clone().unwrap_or_default();
        let (_, recurrence) = whole.split_at(&master.start, at, &self.zone)?;
        let end = master.end_from(start, &self.zone)?;

        let mut tail = self.clone();
        let gone: Vec<Timestamp> = self.changed.range(..at).map(|(at, _)| *at).collect();
        tail.drop_changed(&gone)?;
        (tail.id, tail.etag) = (id, None);
        let part = tail.master_mut()?;
        set_times(part, start, &end);
        put_recurrence(part, &recurrence);
        // It is a series of its own, of which nobody was told before.
        part.replace("SEQUENCE", [Line::new("SEQUENCE").value("0")]);
        let events = tail.object.parts_mut();
        for part in events.filter(|part| part.name() == "VEVENT") {
            part.replace("UID", [Line::new("UID").text(uid)]);
            touch(part, now);
        }
        tail.changed_now()?;
        Ok(tail)
    }
}

/// Adds the zones that an object names and does not have.
///
/// # Errors
/// `InvalidInput` for one without rules: a server refuses an object that does not explain it.
pub(crate) fn add_known_zones(object: &mut Component) -> Result<()> {
    match add_zones(object).first() {
        None => Ok(()),
        Some(name) => Err(Error::invalid_input(format!(
            "the time zone {name:?} is not known"
        ))),
    }
}

/// What would take a change of all that follow apart (`RANGE=THISANDFUTURE`).
fn future(what: &'static str) -> Error {
    Error::unsupported(format_args!("{what} (RANGE=THISANDFUTURE)"))
        .with_advice("change it with the program that wrote it, or end the series and make another")
}
