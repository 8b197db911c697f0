//! Calls on events.

use async_trait::async_trait;
use integrations::calendar::recurrence::RRule;
use integrations::calendar::{
    Attendee, Calendar, CalendarId, EditScope, Event, EventPatch, EventQuery, NewAttachment,
    NewEvent, Participation, Rsvp, UpdateOptions,
};
use integrations::time::{EventTime, TimeRange};
use integrations::{IdempotencyKey, Result};
use jiff::civil::date;

use super::cases::{Case, Found, Ready};
use crate::calendars::accounts::Account;

/// A call on an event, or on a daily series of five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Create,
    CreateSeries,
    Update,
    UpdateAll,
    UpdateOne,
    UpdateFollowing,
    Delete,
    DeleteAll,
    DeleteOne,
    DeleteFollowing,
    Move,
    Respond,
    Attach,
    Detach,
}

pub(super) fn cases() -> Vec<Box<dyn Case>> {
    use On::{
        Attach, Create, CreateSeries, Delete, DeleteAll, DeleteFollowing, DeleteOne, Detach, Move,
        Respond, Update, UpdateAll, UpdateFollowing, UpdateOne,
    };
    let all = [
        Create,
        CreateSeries,
        Update,
        UpdateAll,
        UpdateOne,
        UpdateFollowing,
        Delete,
        DeleteAll,
        DeleteOne,
        DeleteFollowing,
        Move,
        Respond,
        Attach,
        Detach,
    ];
    all.into_iter()
        .map(|on| Box::new(on) as Box<dyn Case>)
        .collect()
}

const CONTENT: &str = "minutes.txt";

fn june() -> TimeRange {
    let (from, to) = ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z");
    TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
}

fn new(mark: &str, series: bool) -> NewEvent {
    let at = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
    let mut new = NewEvent::new("Before", at(9), at(10));
    new.location = Some(mark.to_owned());
    if series {
        let daily: RRule = "FREQ=DAILY;COUNT=5".parse().unwrap();
        new.recurrence = Some(daily.into());
    }
    new
}

/// The titles of a mark's events, each occurrence by itself, in their order.
async fn titles(account: &Account, calendar: &CalendarId, mark: &str) -> Vec<String> {
    let all = account
        .direct
        .list_events(calendar, EventQuery::occurrences(june()));
    let all: Vec<Event> = all.all().await.unwrap();
    let of = all
        .into_iter()
        .filter(|event| event.location.as_deref() == Some(mark));
    of.map(|event| event.summary).collect()
}

impl On {
    fn is_series(self) -> bool {
        !matches!(
            self,
            Self::Create
                | Self::Update
                | Self::Delete
                | Self::Move
                | Self::Respond
                | Self::Attach
                | Self::Detach
        )
    }

    fn scope(self) -> EditScope {
        match self {
            Self::UpdateOne | Self::DeleteOne | Self::Update | Self::Delete => EditScope::This,
            Self::UpdateFollowing | Self::DeleteFollowing => EditScope::ThisAndFollowing,
            _ => EditScope::All,
        }
    }

    /// The titles when nothing happened, and when everything did.
    fn expected(self) -> [&'static [&'static str]; 2] {
        const OLD: [&str; 5] = ["Before"; 5];
        match self {
            Self::Create => [&[], &["Before"]],
            Self::CreateSeries => [&[], &OLD],
            Self::Update => [&["Before"], &["After"]],
            Self::UpdateAll => [&OLD, &["After"; 5]],
            Self::UpdateOne => [&OLD, &["Before", "Before", "After", "Before", "Before"]],
            Self::UpdateFollowing => [&OLD, &["Before", "Before", "After", "After", "After"]],
            Self::Delete => [&["Before"], &[]],
            Self::DeleteAll => [&OLD, &[]],
            Self::DeleteOne => [&OLD, &["Before"; 4]],
            Self::DeleteFollowing => [&OLD, &["Before", "Before"]],
            Self::Move | Self::Respond | Self::Attach | Self::Detach => [&[]; 2],
        }
    }

    /// The titles, sorted, when a cut was broken off: the rest is a series of its own already, and
    /// the first part has not ended yet. Nothing is lost meanwhile.
    fn broken_off(self) -> &'static [&'static str] {
        match self {
            Self::UpdateFollowing => &[
                "After", "After", "After", "Before", "Before", "Before", "Before", "Before",
            ],
            _ => &[],
        }
    }
}

#[async_trait]
impl Case for On {
    fn name(&self) -> &'static str {
        match self {
            Self::Create => "create_event",
            Self::CreateSeries => "create_event of a series",
            Self::Update => "update_event",
            Self::UpdateAll => "update_event of a series",
            Self::UpdateOne => "update_event of an occurrence",
            Self::UpdateFollowing => "update_event of the rest of a series",
            Self::Delete => "delete_event",
            Self::DeleteAll => "delete_event of a series",
            Self::DeleteOne => "delete_event of an occurrence",
            Self::DeleteFollowing => "delete_event of the rest of a series",
            Self::Move => "move_event",
            Self::Respond => "respond",
            Self::Attach => "add_attachment",
            Self::Detach => "remove_attachment",
        }
    }

    fn serves(&self, account: &Account) -> bool {
        let can = account.direct.capabilities();
        match self {
            Self::Move => can.move_event,
            Self::Respond => can.respond && account.owner.is_some(),
            Self::Attach | Self::Detach => can.attachments,
            _ => true,
        }
    }

    /// An attachment takes no key: whoever repeats it after an unknown end may have two. And an event
    /// that was moved is here no more: the error says to look in both calendars.
    fn repeats(&self) -> bool {
        !matches!(self, Self::Attach | Self::Move)
    }

    async fn prepare(&self, account: &Account) -> Ready {
        let mark = IdempotencyKey::random().as_str().to_owned();
        let mut ready = Ready {
            key: Some(IdempotencyKey::random()),
            mark,
            ..Ready::default()
        };
        if matches!(self, Self::Create | Self::CreateSeries) {
            return ready;
        }
        let mut event = new(&ready.mark, self.is_series());
        if let (Self::Respond, Some(owner)) = (self, account.owner) {
            event = event.with_attendee(Attendee::new(owner));
        }
        let made = account
            .direct
            .create_event(&account.home, event)
            .await
            .unwrap();
        if *self == Self::Detach {
            attach(&account.direct, account, &made.id).await.unwrap();
        }
        let part = matches!(
            self,
            Self::UpdateOne | Self::UpdateFollowing | Self::DeleteOne | Self::DeleteFollowing
        );
        ready.event = Some(match part {
            true => {
                let all = account.direct.instances(&account.home, &made.id, june());
                all.all().await.unwrap()[2].id.clone()
            }
            false => made.id,
        });
        ready
    }

    async fn call(&self, account: &Account, ready: &Ready, calendar: &Calendar) -> Result<()> {
        let home = &account.home;
        let options = UpdateOptions::scope(self.scope());
        match self {
            Self::Create | Self::CreateSeries => {
                let mut new = new(&ready.mark, self.is_series());
                new.key.clone_from(&ready.key);
                calendar.create_event(home, new).await.map(drop)
            }
            Self::Update | Self::UpdateAll | Self::UpdateOne | Self::UpdateFollowing => {
                let patch = EventPatch::default().with_summary("After");
                let update = calendar.update_event(home, ready.event(), patch, options);
                update.await.map(drop)
            }
            Self::Delete | Self::DeleteAll | Self::DeleteOne | Self::DeleteFollowing => {
                calendar.delete_event(home, ready.event(), options).await
            }
            Self::Move => {
                let moved = calendar.move_event(home, ready.event(), &account.other);
                moved.await.map(drop)
            }
            Self::Respond => {
                let mut answer = Rsvp::new(Participation::Accepted);
                answer.notify = false;
                calendar
                    .respond(home, ready.event(), answer)
                    .await
                    .map(drop)
            }
            Self::Attach => attach(calendar, account, ready.event()).await,
            Self::Detach => {
                let event = account.direct.get_event(home, ready.event()).await?;
                let Some(id) = event.attachments.first().and_then(|it| it.id.clone()) else {
                    return Ok(());
                };
                calendar
                    .attachments()?
                    .remove(home, ready.event(), &id)
                    .await
            }
        }
    }

    async fn found(&self, account: &Account, ready: &Ready) -> Found {
        let (home, mark) = (&account.home, &ready.mark);
        match self {
            Self::Move => {
                let here = titles(account, home, mark).await.len();
                let there = titles(account, &account.other, mark).await.len();
                match (here, there) {
                    (1, 0) => Found::Before,
                    (0, 1) => Found::After,
                    other => panic!("move_event: {other:?} events here and there"),
                }
            }
            Self::Respond => {
                let event = account.direct.get_event(home, ready.event()).await.unwrap();
                match event.attendees[0].participation {
                    Participation::Accepted => Found::After,
                    _ => Found::Before,
                }
            }
            Self::Attach | Self::Detach => {
                let event = account.direct.get_event(home, ready.event()).await.unwrap();
                match (self, event.attachments.len()) {
                    (Self::Attach, 0) | (Self::Detach, 1) => Found::Before,
                    (Self::Attach, 1) | (Self::Detach, 0) => Found::After,
                    (_, many) => panic!("{many} attachments"),
                }
            }
            _ => {
                let mut titles = titles(account, home, mark).await;
                let [before, after] = self.expected();
                if titles == before {
                    return Found::Before;
                }
                if titles == after {
                    return Found::After;
                }
                titles.sort_unstable();
                assert_eq!(titles, self.broken_off(), "{}", self.name());
                Found::Partly
            }
        }
    }
}

async fn attach(
    calendar: &Calendar,
    account: &Account,
    event: &integrations::calendar::EventId,
) -> Result<()> {
    let new = NewAttachment::new(CONTENT, "text/plain", "what was said");
    let attachments = calendar.attachments()?;
    attachments.add(&account.home, event, new).await.map(drop)
}
