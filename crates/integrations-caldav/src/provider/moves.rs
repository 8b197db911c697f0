//! Moving an event to another calendar, and answering an invitation.

use integrations_core::calendar::{
    CalendarId, Event, EventId, EventKind, EventPatch, Notify, Participation, Rsvp,
};
use integrations_core::guard::{Attempt, Operation};
use integrations_core::{Effect, Error, ErrorKind, Result};

use super::CalDav;
use super::calendars::no_calendar;
use super::events::no_event;
use crate::client::Call;
use crate::ids::{event_url, split};
use crate::operations::{MOVE, RESPOND};

impl CalDav {
    pub(super) async fn relocate(
        &self,
        from: &CalendarId,
        id: &EventId,
        to: &CalendarId,
        notify: Notify,
    ) -> Result<Event> {
        if notify != Notify::Nobody {
            return Err(Error::unsupported("telling people of a move")
                .with_advice("to those who are invited nothing changes by it"));
        }
        let (name, None) = split(id) else {
            return Err(Error::invalid_input(
                "one occurrence cannot be moved without its series",
            ));
        };
        let source = event_url(&self.calendar_url(from).await?, name)?;
        let target = event_url(&self.calendar_url(to).await?, name)?;
        let call = Call::new("MOVE", &source)
            .header("destination", target.as_str())
            .header("overwrite", "F");
        let attempt = |attempt: Attempt| {
            let (call, target) = (&call, &target);
            async move {
                let refused = match self.dav.attempt(call).await {
                    Ok(_) => return Ok(()),
                    Err(error) => error,
                };
                if !attempt.after_unknown || refused.kind() != ErrorKind::NotFound {
                    return Err(refused);
                }
                // An answer was lost, and the event is no longer here: it is there, or gone.
                let there = Call::new("GET", target);
                match self.dav.attempt(&there).await {
                    Ok(_) => Ok(()),
                    Err(error) if error.kind() == ErrorKind::NotFound => Err(refused),
                    Err(error) => Err(error),
                }
            }
        };
        let moved = self.dav.guard().run(&Operation::of(&MOVE), attempt).await;
        moved.map_err(|error| match error.status() {
            Some(412) => Error::new(
                ErrorKind::AlreadyExists,
                "the event is in that calendar already",
            )
            .with_effect(error.effect())
            .with_status(412),
            Some(404) => no_event(name),
            // RFC 4918, section 9.9.4: the place to move it to is missing.
            Some(409) => no_calendar(to),
            _ => error,
        })?;
        // It is moved, whatever becomes of reading it.
        let moved = self.load(to, name).await;
        let moved = moved.map_err(|error| error.with_effect(Effect::Applied))?;
        moved.master.ok_or_else(|| no_event(name))
    }

    pub(super) async fn answer(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        rsvp: &Rsvp,
    ) -> Result<Event> {
        let account = self.account().await?;
        let (name, at) = split(id);
        let mut series = self.load(calendar, name).await?;
        let at = at.map(|at| at.to_timestamp(&series.zone)).transpose()?;
        let event = match at {
            None => series.master.clone(),
            Some(at) => series.occurrence(at)?,
        };
        let event = event.ok_or_else(|| no_event(id.as_str()))?;
        let own = |email: &str| self.is_own(&account, email);
        let mut attendees = event.attendees.clone();
        let invited = attendees.iter_mut().find(|one| own(&one.person.email));
        let Some(invited) = invited else {
            return Err(Error::new(
                ErrorKind::Conflict,
                "the account is not invited to the event",
            ));
        };
        invited.participation = rsvp.participation.clone();
        if let Participation::Other(word) = &invited.participation {
            return Err(Error::unsupported(format_args!("the answer {word:?}")));
        }
        let organizer = event.organizer.as_ref();
        if !rsvp.notify && organizer.is_some_and(|person| !own(&person.email)) {
            return Err(
                Error::unsupported("an answer of which the organizer is not told")
                    .with_advice("the server tells the organizer of every answer"),
            );
        }
        let patch = EventPatch::default().with_attendees(attendees);
        match at {
            Some(at) if matches!(event.kind, EventKind::Occurrence { .. }) => {
                series.patch_one(at, &patch, self.now())?;
            }
            _ => series.patch_all(&patch, self.now())?,
        }
        self.write(&RESPOND, &mut series).await?;
        let event = match at {
            None => series.master,
            Some(at) => series.changed.remove(&at),
        };
        event.ok_or_else(|| no_event(id.as_str()))
    }
}
