//! What changed since a token.

use super::{Calendar, check_id};
use crate::calendar::SyncProvider;
use crate::calendar::groups::{SyncFrom, SyncNext, SyncPage, SyncResult, SyncToken};
use crate::calendar::model::CalendarId;
use crate::call;
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::page::Cursor;

/// How often a run over everything is begun when its cursors become too old on the way.
const RUNS: usize = 3;

impl Calendar {
    /// What changed in a calendar since a token, complete; without a token, everything. When the
    /// token is too old for the provider it starts over by itself and says so in
    /// [`SyncResult::reset`].
    ///
    /// Store the new token together with the changes: a run that was cut off is repeated from the
    /// old one.
    ///
    /// # Errors
    /// `Unsupported`; `NotFound` for the calendar; `Unavailable` when the provider drops the run
    /// over everything again and again; what the provider answers. Nothing is given in part.
    pub async fn sync(
        &self,
        calendar: &CalendarId,
        token: Option<&SyncToken>,
    ) -> Result<SyncResult> {
        call::run(&*self.0, "sync", async {
            check_id(calendar.as_str())?;
            follow(self.synchronised()?, calendar, token).await
        })
        .await
    }

    /// One page of what changed, for those who keep where they are between pages.
    /// [`sync`](Self::sync) reads all pages.
    ///
    /// # Errors
    /// `Unsupported`; `NotFound` for the calendar; what the provider answers.
    pub async fn sync_page(&self, calendar: &CalendarId, from: &SyncFrom) -> Result<SyncPage> {
        call::run(&*self.0, "sync", async {
            check_id(calendar.as_str())?;
            self.synchronised()?.sync_page(calendar, from).await
        })
        .await
    }

    fn synchronised(&self) -> Result<&dyn SyncProvider> {
        let declared = self.capabilities().sync;
        let driver = self.0.sync().filter(|_| declared);
        driver.ok_or_else(|| Error::unsupported("sync"))
    }
}

/// A run from the token on, and over everything when the token is too old: a few times, because
/// cursors can become too old on the way, and not for ever.
async fn follow(
    driver: &dyn SyncProvider,
    calendar: &CalendarId,
    token: Option<&SyncToken>,
) -> Result<SyncResult> {
    if let Some(token) = token {
        let from = SyncFrom::Token(token.clone());
        if let Some(result) = read_all(driver, calendar, from, false).await? {
            return Ok(result);
        }
    }
    for _ in 0..RUNS {
        if let Some(result) = read_all(driver, calendar, SyncFrom::Start, true).await? {
            return Ok(result);
        }
    }
    Err(Error::new(
        ErrorKind::Unavailable,
        "the provider drops the synchronisation before its end, again and again",
    )
    .with_effect(Effect::NotApplied))
}

/// Every page of a run; `None` when its token or a cursor on the way is too old.
async fn read_all(
    driver: &dyn SyncProvider,
    calendar: &CalendarId,
    first: SyncFrom,
    reset: bool,
) -> Result<Option<SyncResult>> {
    let mut changes = Vec::new();
    let mut from = first;
    let mut rounds = Rounds::default();
    loop {
        let SyncPage::Changes {
            changes: page,
            next,
        } = driver.sync_page(calendar, &from).await?
        else {
            if from == SyncFrom::Start {
                return Err(decode("the provider says that the very start is too old"));
            }
            return Ok(None);
        };
        changes.extend(page);
        let cursor = match next {
            SyncNext::Done(token) => {
                return Ok(Some(SyncResult {
                    changes,
                    token,
                    reset,
                }));
            }
            SyncNext::More(cursor) => cursor,
        };
        if rounds.is_back(&cursor) {
            return Err(decode("the provider's page cursors go round in a circle"));
        }
        from = SyncFrom::Cursor(cursor);
    }
}

/// Finds cursors that go round in a circle of any length, by Brent's algorithm: one cursor is kept
/// for twice as many pages each time.
#[derive(Default)]
pub(in crate::calendar) struct Rounds {
    kept: Option<Cursor>,
    pages: u64,
    until: u64,
}

impl Rounds {
    /// Whether this cursor was there before.
    pub(in crate::calendar) fn is_back(&mut self, cursor: &Cursor) -> bool {
        if self.kept.as_ref() == Some(cursor) {
            return true;
        }
        self.pages += 1;
        if self.pages >= self.until {
            self.until = self.until.saturating_mul(2).max(1);
            self.pages = 0;
            self.kept = Some(cursor.clone());
        }
        false
    }
}

fn decode(what: &'static str) -> Error {
    Error::new(ErrorKind::Decode, what).with_effect(Effect::NotApplied)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use futures::executor::block_on;

    use super::*;

    /// Answers of a provider, one a call; the last one is repeated.
    struct Script(Mutex<Vec<SyncPage>>);

    #[async_trait]
    impl SyncProvider for Script {
        async fn sync_page(&self, _: &CalendarId, from: &SyncFrom) -> Result<SyncPage> {
            if let SyncFrom::Cursor(cursor) = from
                && cursor.as_str() == "old"
            {
                return Ok(SyncPage::Expired);
            }
            let mut script = self.0.lock().unwrap();
            let page = script.remove(0);
            script.push(page.clone());
            Ok(page)
        }
    }

    fn more(cursor: &str) -> SyncPage {
        SyncPage::Changes {
            changes: Vec::new(),
            next: SyncNext::More(Cursor::new(cursor)),
        }
    }

    fn run(pages: Vec<SyncPage>) -> Result<Option<SyncResult>> {
        let script = Script(Mutex::new(pages));
        block_on(read_all(&script, &"c".into(), SyncFrom::Start, true))
    }

    #[test]
    fn cursors_that_go_round_in_a_circle_are_an_error() {
        for length in 1..9 {
            let pages = (0..length).map(|n| more(&n.to_string())).collect();
            assert_eq!(run(pages).unwrap_err().kind(), ErrorKind::Decode);
        }
    }

    #[test]
    fn a_cursor_that_is_too_old_ends_the_run_and_is_no_error() {
        assert!(run(vec![more("a"), more("old")]).unwrap().is_none());
        let error = run(vec![SyncPage::Expired]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }

    /// Tokens and cursors that are too old whenever they are used, with a count of the calls.
    struct Forgetful(Mutex<u32>);

    #[async_trait]
    impl SyncProvider for Forgetful {
        async fn sync_page(&self, _: &CalendarId, from: &SyncFrom) -> Result<SyncPage> {
            let mut calls = self.0.lock().unwrap();
            *calls += 1;
            assert!(*calls < 100, "the restarts have no end");
            Ok(match from {
                SyncFrom::Start => more("soon old"),
                _ => SyncPage::Expired,
            })
        }
    }

    #[test]
    fn a_provider_that_always_starts_over_is_given_up() {
        for token in [None, Some(SyncToken::new("old"))] {
            let provider = Forgetful(Mutex::new(0));
            let error = block_on(follow(&provider, &"c".into(), token.as_ref())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert_eq!(error.effect(), Effect::NotApplied);
            // The token once, then each run its start and its first cursor.
            let calls = *provider.0.lock().unwrap();
            let runs = u32::try_from(RUNS).unwrap();
            assert_eq!(calls, 2 * runs + u32::from(token.is_some()));
        }
    }

    #[test]
    fn a_token_that_is_too_old_starts_over_and_says_so() {
        struct Old;
        #[async_trait]
        impl SyncProvider for Old {
            async fn sync_page(&self, _: &CalendarId, from: &SyncFrom) -> Result<SyncPage> {
                Ok(match from {
                    SyncFrom::Token(_) => SyncPage::Expired,
                    _ => SyncPage::Changes {
                        changes: Vec::new(),
                        next: SyncNext::Done(SyncToken::new("new")),
                    },
                })
            }
        }
        let old = SyncToken::new("old");
        let result = block_on(follow(&Old, &"c".into(), Some(&old))).unwrap();
        assert!(result.reset);
        assert_eq!(result.token, SyncToken::new("new"));
    }
}
