//! Changes since a token
//! (<https://developers.google.com/workspace/calendar/api/guides/sync>).

use async_trait::async_trait;
use integrations_core::calendar::{
    CalendarId, Change, SyncFrom, SyncNext, SyncPage, SyncProvider, SyncToken,
};
use integrations_core::guard::Operation;
use integrations_core::{Cursor, Error, Result};
use integrations_google::{Call, GoogleError};
use serde_json::{Value, json};

use crate::GoogleCalendar;
use crate::operations::SYNC;
use crate::provider::{items, missing};
use crate::read::{self, is_cancelled};

#[async_trait]
impl SyncProvider for GoogleCalendar {
    async fn sync_page(&self, calendar: &CalendarId, from: &SyncFrom) -> Result<SyncPage> {
        let (token, page) = match from {
            SyncFrom::Start => (None, None),
            SyncFrom::Token(token) => (Some(token.as_str().to_owned()), None),
            SyncFrom::Cursor(cursor) => place(cursor)?,
            _ => return Err(Error::unsupported("a synchronisation from elsewhere")),
        };
        // "All other query parameters should be the same as for the initial synchronization"
        // (discovery document, `syncToken`): there are none.
        let call = Call::get(&["calendars", calendar.as_str(), "events"])
            .with_if("syncToken", token.as_deref())
            .with_if("pageToken", page.as_deref());
        let mut answer = match self.api.send(&Operation::of(&SYNC), &call).await {
            Err(error) if *from != SyncFrom::Start && is_too_old(&error) => {
                return Ok(SyncPage::Expired);
            }
            answer => answer?,
        };
        let changes = items(&mut answer)
            .into_iter()
            .map(|item| change(calendar, item));
        let changes = changes.collect::<Result<_>>()?;
        let next = match (
            answer["nextPageToken"].as_str(),
            answer["nextSyncToken"].as_str(),
        ) {
            (Some(page), _) => SyncNext::More(Cursor::new(json!([token, page]).to_string())),
            (None, Some(token)) => SyncNext::Done(SyncToken::new(token)),
            (None, None) => return Err(missing("the last page of changes has no token")),
        };
        Ok(SyncPage::Changes { changes, next })
    }
}

/// The token and the page of a cursor: a page belongs to the request that it began with.
fn place(cursor: &Cursor) -> Result<(Option<String>, Option<String>)> {
    let wrong = || Error::invalid_input("the cursor is not one of a synchronisation here");
    let (token, page): (Option<String>, String) =
        serde_json::from_str(cursor.as_str()).map_err(|_| wrong())?;
    Ok((token, Some(page)))
}

/// 410 for a token ("the server will respond with a 410 GONE response code and the client should
/// clear its storage"), and a page token that is no longer taken.
fn is_too_old(error: &Error) -> bool {
    let location = error
        .detail::<GoogleError>()
        .and_then(|said| said.location.as_deref());
    error.status() == Some(410) || error.status() == Some(400) && location == Some("pageToken")
}

/// A cancelled exception stays as long as its series does; every other cancelled event is a deleted
/// one (discovery document, `Event.status`).
fn change(calendar: &CalendarId, item: Value) -> Result<Change> {
    if is_cancelled(&item) && item["recurringEventId"].is_null() {
        let id = item["id"]
            .as_str()
            .ok_or_else(|| missing("a deleted event has no id"))?;
        return Ok(Change::Deleted(id.into()));
    }
    Ok(Change::Upserted(Box::new(read::event(
        calendar, item, true,
    )?)))
}
