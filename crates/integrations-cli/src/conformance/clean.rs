//! Removing what a suite made: what bears one of its names, and nothing that only looks like it.

use futures::TryStreamExt;
use integrations::PageRequest;
use integrations::calendar::{Calendar, CalendarInfo, NewCalendar};
use integrations::email::{Mailer, SuppressionQuery};
use integrations::storage::Storage;
use integrations::video::{MeetingId, MeetingQuery, MeetingState, Meetings};

use crate::Failure;

/// Names are random, so that whatever has one in it was made here, also in capitals: addresses are
/// written so too.
fn is_made(text: &str, names: &[String]) -> bool {
    let text = text.to_lowercase();
    let mut names = names.iter();
    names.any(|name| text.contains(&name.to_lowercase()))
}

pub(super) async fn objects(storage: &Storage, prefixes: &[String]) -> Result<(), Failure> {
    for prefix in prefixes {
        let mut left = storage.list(prefix.clone());
        while let Some(page) = left.next_page().await? {
            let keys: Vec<_> = page.items.into_iter().map(|meta| meta.key).collect();
            for outcome in storage.delete_many(&keys).await? {
                outcome.result?;
            }
        }
    }
    Ok(())
}

/// A calendar for the behaviours that do not make one.
pub(super) async fn home(calendar: &Calendar) -> Result<CalendarInfo, Failure> {
    let name = format!("conformance {}", integrations::IdempotencyKey::random());
    Ok(calendar.create_calendar(NewCalendar::new(name)).await?)
}

pub(super) async fn calendars(calendar: &Calendar, names: &[String]) -> Result<(), Failure> {
    let all: Vec<CalendarInfo> = calendar.list_calendars().try_collect().await?;
    for made in all.iter().filter(|one| is_made(&one.name, names)) {
        calendar.delete_calendar(&made.id).await?;
    }
    Ok(())
}

pub(super) async fn meetings(meetings: &Meetings, names: &[String]) -> Result<(), Failure> {
    let made = async |state| -> Result<Vec<MeetingId>, Failure> {
        let all = meetings.list_meetings(MeetingQuery::state(state));
        let all: Vec<_> = all.try_collect().await?;
        let made = all.into_iter().filter(|one| is_made(&one.topic, names));
        Ok(made.map(|one| one.id).collect())
    };
    // One that began at once is being held, and is not cancelled before it has ended.
    let mut ids = Vec::new();
    if meetings.capabilities().end {
        ids = made(MeetingState::Live).await?;
        for id in &ids {
            meetings.end_meeting(id).await?;
        }
    }
    ids.extend(made(MeetingState::Upcoming).await?);
    for id in &ids {
        meetings.cancel_meeting(id).await?;
    }
    if meetings.capabilities().webinars {
        let webinars = meetings.webinars()?;
        let all: Vec<_> = webinars.list().try_collect().await?;
        for made in all.iter().filter(|one| is_made(&one.topic, names)) {
            webinars.cancel(&made.id).await?;
        }
    }
    Ok(())
}

pub(super) async fn mail(mailer: &Mailer, names: &[String]) -> Result<(), Failure> {
    let (has, first) = (mailer.capabilities(), PageRequest::default);
    if has.templates {
        let all: Vec<_> = mailer.list_templates(first()).try_collect().await?;
        for made in all.iter().filter(|one| is_made(&one.name, names)) {
            mailer.delete_template(&made.id).await?;
        }
    }
    if has.suppressions {
        let query = SuppressionQuery::default();
        let all: Vec<_> = mailer
            .list_suppressions(query, first())
            .try_collect()
            .await?;
        for made in all
            .iter()
            .filter(|one| is_made(one.address.as_str(), names))
        {
            mailer.remove_suppression(&made.address, made).await?;
        }
    }
    if has.inbound_routes {
        let all: Vec<_> = mailer.list_routes(first()).try_collect().await?;
        for made in all {
            // Its JSON, in which nothing is hidden: `Debug` may leave addresses out.
            let told = (&made.matches, &made.actions, &made.description);
            let text = serde_json::to_string(&told).map_err(|error| {
                Failure::failed(format!("the route {} cannot be read: {error}", made.id))
            })?;
            if is_made(&text, names) {
                mailer.delete_route(&made.id).await?;
            }
        }
    }
    Ok(())
}
