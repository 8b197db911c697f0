//! Reading what changed.

use super::Mirror;
use super::store::{Place, Revision, Run, Source, Step};
use crate::calendar::groups::{Change, SyncFrom, SyncNext, SyncPage};
use crate::calendar::handle::Rounds;
use crate::error::{Effect, Error, ErrorKind, Result};

/// How often a run over everything is begun in one pull when it is dropped on the way.
const RUNS: usize = 3;

/// What a pull brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pulled {
    /// The last revision before it: [`Mirror::changes`] after it gives what the pull brought.
    pub before: Revision,
    /// The last revision after it. The same when nothing changed.
    pub revision: Revision,
    /// Whether everything was read: at the first time, and when the token was too old.
    pub whole: bool,
}

impl Mirror {
    /// Reads what changed at the provider into the copy, to the end. A pull that failed or was
    /// dropped has carried out the pages that it read, and the next one goes on there.
    ///
    /// # Errors
    /// `NotFound` for the calendar; `InvalidInput` for a store that is of another calendar;
    /// `Unavailable` when the provider drops the run over everything again and again; what the
    /// provider and the store answer.
    pub async fn pull(&self) -> Result<Pulled> {
        let before = self.0.store.state().await?.revision;
        let (mut whole, mut runs) = (false, 0);
        let mut rounds = Rounds::default();
        loop {
            let turn = self.turn().await?;
            let place = turn.place;
            let from = match (&place.run, &place.token) {
                (Some(run), _) => SyncFrom::Cursor(run.cursor.clone()),
                (None, Some(token)) => SyncFrom::Token(token.clone()),
                (None, None) => SyncFrom::Start,
            };
            whole |= from == SyncFrom::Start || place.run.as_ref().is_some_and(|run| run.whole);
            let begun = u64::from(place.run.is_none());
            let place = Place {
                runs: place.runs.saturating_add(begun),
                ..place
            };
            let page = self.0.calendar.sync_page(&self.0.id, &from).await?;
            let SyncPage::Changes { changes, next } = page else {
                if from == SyncFrom::Start {
                    return Err(self.wrong(
                        ErrorKind::Decode,
                        "the provider says that the very start is too old",
                    ));
                }
                runs += 1;
                if runs > RUNS {
                    return Err(self.wrong(
                        ErrorKind::Unavailable,
                        "the provider drops the synchronisation before its end, again and again",
                    ));
                }
                tracing::info!(
                    target: "integrations",
                    integration = %self.0.calendar.provider().descriptor().name,
                    "the token of a mirror is too old: everything is read again"
                );
                rounds = Rounds::default();
                self.0.store.apply(begin(place)).await?;
                continue;
            };
            let step = match next {
                SyncNext::More(cursor) => {
                    if rounds.is_back(&cursor) {
                        return Err(self.wrong(
                            ErrorKind::Decode,
                            "the provider's page cursors go round in a circle",
                        ));
                    }
                    let run = Some(Run { cursor, whole });
                    let place = Place { run, ..place };
                    Step::new(changes, Source::Page, place)
                }
                SyncNext::Done(token) => {
                    let place = Place {
                        run: None,
                        token: Some(token),
                        ..place
                    };
                    let from = match whole {
                        true => Source::LastPageOfAll,
                        false => Source::LastPage,
                    };
                    Step::new(changes, from, place)
                }
            };
            let done = step.place.run.is_none();
            self.0.store.apply(step).await?;
            if done {
                drop(turn.guard);
                let revision = self.0.store.state().await?.revision;
                return Ok(Pulled {
                    before,
                    revision,
                    whole,
                });
            }
        }
    }

    /// Forgets where the mirror is, so that the next pull reads everything: for a token that the
    /// provider does not take and does not call too old either. The copy stays as it is until then.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn start_over(&self) -> Result<()> {
        let turn = self.turn().await?;
        self.0.store.apply(begin(turn.place)).await
    }

    fn wrong(&self, kind: ErrorKind, what: &'static str) -> Error {
        let name = &self.0.calendar.provider().descriptor().name;
        let error = Error::new(kind, what).with_effect(Effect::NotApplied);
        error.in_call(name, "mirror")
    }

    /// Waits for the turn to write, and sees that the store is of this calendar.
    pub(super) async fn turn(&self) -> Result<Turn<'_>> {
        let guard = self.0.turn.lock().await;
        let mut place = self.0.store.state().await?.place;
        let name = &self.0.calendar.provider().descriptor().name;
        let same_calendar = place.calendar.as_ref().is_none_or(|it| *it == self.0.id);
        let same_integration = place.integration.as_ref().is_none_or(|it| it == name);
        if !same_calendar || !same_integration {
            return Err(Error::invalid_input(
                "the store has the copy of another calendar: give each calendar its own",
            )
            .in_call(name, "mirror"));
        }
        place.calendar = Some(self.0.id.clone());
        place.integration = Some(name.to_string());
        if place.generation == 0 {
            place.generation = 1;
        }
        Ok(Turn { guard, place })
    }
}

/// The turn to write, and where the mirror is.
pub(super) struct Turn<'a> {
    pub(super) guard: tokio::sync::MutexGuard<'a, ()>,
    pub(super) place: Place,
}

impl Step {
    /// Changes that leave a mirror at a place.
    pub(super) fn new(changes: Vec<Change>, from: Source, place: Place) -> Self {
        Self {
            changes,
            from,
            place,
        }
    }
}

/// The next run starts at the beginning.
fn begin(place: Place) -> Step {
    let place = Place {
        token: None,
        run: None,
        generation: place.generation.saturating_add(1),
        ..place
    };
    Step::new(Vec::new(), Source::Page, place)
}
