//! Changes through the mirror.

use super::Mirror;
use super::store::{Source, Step};
use crate::calendar::groups::Change;
use crate::calendar::model::{Event, EventId, EventKind};
use crate::calendar::request::{DeleteOptions, EditScope, EventPatch, NewEvent, UpdateOptions};
use crate::error::Result;

/// Each call is that of [`Calendar`](crate::calendar::Calendar), with the answer put into the copy
/// before it returns: what was written is read. What a change of a series does to other events (a
/// series that was cut, occurrences that went) comes with the next [`pull`](Mirror::pull).
///
/// A call that failed left the copy as it was. If its effect is unknown, a pull tells.
///
/// Writes of one mirror wait for each other, and for the page that a pull is reading.
impl Mirror {
    /// Makes an event or a series. See
    /// [`Calendar::create_event`](crate::calendar::Calendar::create_event).
    ///
    /// # Errors
    /// As there. When the store fails afterwards that is only logged: the event was made, and the
    /// next pull brings it.
    pub async fn create_event(&self, new: NewEvent) -> Result<Event> {
        let turn = self.turn().await?;
        let event = self.0.calendar.create_event(&self.0.id, new).await?;
        let change = Change::Upserted(Box::new(event.clone()));
        self.note(Step::new(vec![change], Source::Answer, turn.place))
            .await;
        Ok(event)
    }

    /// Changes an event or a part of a series. See
    /// [`Calendar::update_event`](crate::calendar::Calendar::update_event).
    ///
    /// # Errors
    /// As [`create_event`](Self::create_event).
    pub async fn update_event(
        &self,
        id: &EventId,
        patch: EventPatch,
        options: UpdateOptions,
    ) -> Result<Event> {
        let turn = self.turn().await?;
        let calendar = &self.0.calendar;
        let event = calendar
            .update_event(&self.0.id, id, patch, options)
            .await?;
        let change = Change::Upserted(Box::new(event.clone()));
        self.note(Step::new(vec![change], Source::Answer, turn.place))
            .await;
        Ok(event)
    }

    /// Deletes an event or a part of a series. See
    /// [`Calendar::delete_event`](crate::calendar::Calendar::delete_event).
    ///
    /// # Errors
    /// As [`create_event`](Self::create_event).
    pub async fn delete_event(&self, id: &EventId, options: DeleteOptions) -> Result<()> {
        let turn = self.turn().await?;
        let scope = options.scope;
        self.0
            .calendar
            .delete_event(&self.0.id, id, options)
            .await?;
        let gone = self.gone(id, scope).await.unwrap_or_default();
        let changes = gone.into_iter().map(Change::Deleted).collect();
        self.note(Step::new(changes, Source::Answer, turn.place))
            .await;
        Ok(())
    }

    /// What is in the copy and gone for certain. Of a part of a series nothing is known here.
    async fn gone(&self, id: &EventId, scope: EditScope) -> Result<Vec<EventId>> {
        let store = &self.0.store;
        let Some(event) = store.get(id).await? else {
            return Ok(Vec::new());
        };
        Ok(match (&event.kind, scope) {
            (EventKind::Single, _) | (EventKind::Occurrence { .. }, EditScope::This) => {
                vec![id.clone()]
            }
            (_, EditScope::All) => {
                let series = event.series_id();
                let occurrences = store.occurrences(series).await?.into_iter();
                let mut gone: Vec<EventId> = occurrences.map(|event| event.id).collect();
                gone.push(series.clone());
                gone
            }
            _ => Vec::new(),
        })
    }

    /// Puts the answer of a change into the copy. The change took effect, so that a store that
    /// fails must not make an error of it.
    async fn note(&self, step: Step) {
        if let Err(error) = self.0.store.apply(step).await {
            tracing::warn!(
                target: "integrations",
                integration = %self.0.calendar.provider().descriptor().name,
                %error,
                "the copy of a calendar did not take a change; the next pull brings it"
            );
        }
    }
}
