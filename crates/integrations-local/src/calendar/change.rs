//! Changing and deleting events and parts of series.

use integrations_core::calendar::{
    DeleteOptions, EditScope, Event, EventId, EventKind, EventPatch, Notify, Person, UpdateOptions,
};
use integrations_core::{Error, ErrorKind, Result};
use jiff::Timestamp;

use super::account::{Delta, Held};
use super::invite;
use super::search::{find, no_event, read};
use super::series::{Part, Series, stamp};

/// One change of a calendar's events, in the making.
pub(super) struct Edit<'a> {
    pub(super) held: &'a Held,
    pub(super) delta: &'a mut Delta,
    /// The address of the account's owner.
    pub(super) owner: &'a str,
    pub(super) now: Timestamp,
    /// Whether one occurrence can be changed alone.
    pub(super) scope_this: bool,
}

fn check_version(event: &Event, options: &UpdateOptions) -> Result<()> {
    if options.if_match.is_none() || options.if_match == event.etag {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::PreconditionFailed,
        format!("the event {:?} has another version", event.id.as_str()),
    )
    .with_advice("read it, and decide again"))
}

fn name_an_occurrence() -> Error {
    Error::invalid_input("this is a series: name an occurrence of it, or use the scope All")
}

impl Edit<'_> {
    pub(super) fn update(
        &mut self,
        id: &EventId,
        patch: &EventPatch,
        options: &UpdateOptions,
    ) -> Result<Event> {
        let zone = self.held.meta.zone();
        let current = read(self.held, id)?;
        check_version(&current, options)?;
        let (before, part) = find(self.held, id)?;
        let mut series = before.clone();
        let whole = series.master.kind != EventKind::Series || options.scope == EditScope::All;
        let (at, scope) = match part {
            Part::Whole if whole => {
                return self.whole_series(Some(before), series, patch, options.notify);
            }
            Part::Whole => return Err(name_an_occurrence()),
            Part::Occurrence(at) => (at, options.scope),
        };
        match scope {
            EditScope::All => self.whole_series(Some(before), series, patch, options.notify),
            EditScope::This => {
                self.one_alone()?;
                let mut changed = series.patch_one(at, current, patch)?;
                organized(&mut changed, self.owner);
                stamp(&mut changed, self.delta.next_version(self.held), self.now);
                series.changed.insert(at, changed.clone());
                self.tell(options.notify, Some(before), Some(&series));
                self.put(series);
                self.changed(changed.id.clone());
                Ok(changed)
            }
            EditScope::ThisAndFollowing => {
                let Some(start) = series.plan(&zone).start_at(at)? else {
                    return Err(no_event(id));
                };
                if at == series.master.start.to_timestamp(&zone)? {
                    return self.whole_series(Some(before), series, patch, options.notify);
                }
                let gone: Vec<EventId> = series
                    .changed
                    .range(at..)
                    .map(|(_, event)| event.id.clone())
                    .collect();
                let new_id = EventId::new(uuid::Uuid::now_v7().to_string());
                let tail = series.split(at, &start, new_id, &zone)?;
                stamp(
                    &mut series.master,
                    self.delta.next_version(self.held),
                    self.now,
                );
                self.tell(options.notify, Some(before), Some(&series));
                self.put(series);
                for id in gone {
                    self.changed(id);
                }
                self.whole_series(None, tail, patch, options.notify)
            }
        }
    }

    pub(super) fn delete(&mut self, id: &EventId, options: &DeleteOptions) -> Result<()> {
        let zone = self.held.meta.zone();
        let current = match read(self.held, id) {
            Ok(current) => current,
            // It is gone already.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        check_version(&current, options)?;
        let (before, part) = find(self.held, id)?;
        let single = before.master.kind != EventKind::Series;
        let at = match (part, options.scope) {
            (_, EditScope::All) => return self.remove(before, options.notify),
            (Part::Whole, _) if single => return self.remove(before, options.notify),
            (Part::Whole, _) => return Err(name_an_occurrence()),
            (Part::Occurrence(at), _) => at,
        };
        let mut series = before.clone();
        if options.scope == EditScope::ThisAndFollowing {
            if at <= series.master.start.to_timestamp(&zone)? {
                return self.remove(before, options.notify);
            }
            for event in before.changed.range(at..).map(|(_, event)| event) {
                self.changed(event.id.clone());
            }
            series.end_before(at, &zone)?;
        } else {
            self.one_alone()?;
            let original = match &current.kind {
                EventKind::Occurrence { original_start, .. } => original_start.clone(),
                _ => current.start.clone(),
            };
            series.take_out(at, original)?;
            self.changed(id.clone());
        }
        stamp(
            &mut series.master,
            self.delta.next_version(self.held),
            self.now,
        );
        self.tell(options.notify, Some(before), Some(&series));
        self.put(series);
        Ok(())
    }

    /// Carries a patch out on a whole series or an event that stands alone. `before` is what those
    /// who are invited know of it.
    fn whole_series(
        &mut self,
        before: Option<&Series>,
        mut series: Series,
        patch: &EventPatch,
        notify: Notify,
    ) -> Result<Event> {
        let ids: Vec<EventId> = series
            .changed
            .values()
            .map(|event| event.id.clone())
            .collect();
        series.patch_all(patch, &self.held.meta.zone())?;
        organized(&mut series.master, self.owner);
        let version = self.delta.next_version(self.held);
        stamp(&mut series.master, version, self.now);
        for id in ids {
            self.changed(id);
        }
        let event = series.master.clone();
        self.tell(notify, before, Some(&series));
        self.put(series);
        Ok(event)
    }

    fn remove(&mut self, series: &Series, notify: Notify) -> Result<()> {
        self.tell(notify, Some(series), None);
        self.delta.remove(&self.held.meta.info.id, series);
        Ok(())
    }

    /// Writes messages to those who are invited.
    pub(super) fn tell(&mut self, notify: Notify, before: Option<&Series>, after: Option<&Series>) {
        let sees = |email: &str| self.held.meta.is_shared_with(email);
        let about = invite::Change {
            before,
            after,
            owner: self.owner,
            at: self.now,
        };
        self.delta.invitations.extend(about.messages(notify, sees));
    }

    pub(super) fn put(&mut self, series: Series) {
        self.delta.put(&self.held.meta.info.id, series);
    }

    fn changed(&mut self, id: EventId) {
        self.delta.changed(&self.held.meta.info.id, id);
    }

    fn one_alone(&self) -> Result<()> {
        if self.scope_this {
            return Ok(());
        }
        Err(Error::unsupported("scope_this"))
    }
}

/// Whoever invites organizes.
pub(super) fn organized(event: &mut Event, owner: &str) {
    if !event.attendees.is_empty() && event.organizer.is_none() {
        event.organizer = Some(Person::new(owner));
    }
}
