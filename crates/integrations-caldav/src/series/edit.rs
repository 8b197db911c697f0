//! Changes of a series: of the whole, of one occurrence, of those from one on.

use integrations_core::calendar::recurrence::Recurrence;
use integrations_core::calendar::{Event, EventId, EventKind, EventPatch, Patch};
use integrations_core::time::EventTime;
use integrations_core::{Error, Result};
use jiff::Timestamp;

use super::{Series, is_event};
use crate::ics::{
    Component, Line, Reader, add_zones, apply, override_of, plan, put_recurrence, set_times,
    time_line, touch,
};

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
        let place = self.object.parts().position(|part| {
            let of = || match reader.event(part, &self.id).ok()?.kind {
                EventKind::Occurrence { original_start, .. } => Some(original_start),
                _ => None,
            };
            is_event(part)
                && match &original {
                    None => part.line("RECURRENCE-ID").is_none(),
                    Some(original) => of().as_ref() == Some(original),
                }
        })?;
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
        let before = plan(part);
        change(part)?;
        if plan(part) != before {
            let sequence = part.line("SEQUENCE");
            let count = sequence.and_then(|line| line.raw_value().trim().parse::<u32>().ok());
            let next = count.unwrap_or(0).saturating_add(1).to_string();
            part.replace("SEQUENCE", [Line::new("SEQUENCE").value(&next)]);
        }
        touch(part, now);
        Ok(())
    }

    fn changed_now(&mut self) -> Result<()> {
        add_zones(&mut self.object)?;
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
            self.drop_changed(&gone)?;
        }
        Ok(())
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
        let mut keep = Vec::new();
        for part in self.object.parts() {
            let is = is_event(part) && part.line("RECURRENCE-ID").is_some() && {
                let kind = reader.event(part, &self.id)?.kind;
                matches!(kind, EventKind::Occurrence { original_start, .. }
                    if originals.contains(&original_start))
            };
            keep.push(!is);
        }
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
        if !self.changed.contains_key(&at) {
            let gone = || Error::not_found("the occurrence");
            let start = self.start_at(at)?.ok_or_else(gone)?;
            let end = self.the_master()?.end_from(&start, &self.zone)?;
            let one = override_of(self.master_mut()?, &start, &start, &end);
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
        for part in tail.object.parts_mut().filter(|part| is_event(part)) {
            part.replace("UID", [Line::new("UID").text(uid)]);
            touch(part, now);
        }
        tail.changed_now()?;
        Ok(tail)
    }
}
