//! Sharing, attachments, synchronisation and watching.

use std::collections::BTreeSet;

use async_trait::async_trait;
use bytes::Bytes;
use integrations_core::calendar::{
    AclRole, AclRule, AclRuleId, AclScope, Attachment, AttachmentId, AttachmentProvider,
    CalendarId, Change, EventId, NewAttachment, SharingProvider, SyncFrom, SyncNext, SyncPage,
    SyncProvider, SyncToken, Watch, WatchProvider, WatchRequest,
};
use integrations_core::{Cursor, Error, ErrorKind, Page, PageRequest, Result};
use jiff::SignedDuration;

use super::account::{Held, Meta};
use super::search::whole;
use super::series::stamp;
use super::{LocalCalendar, ics, occurrence};

#[async_trait]
impl SharingProvider for LocalCalendar {
    async fn list_acl(&self, calendar: &CalendarId, page: &PageRequest) -> Result<Page<AclRule>> {
        let rules = self.account().await?.calendar(calendar)?.meta.acl.clone();
        Page::slice_by(rules, page, self.page_size, |one| one.id.as_str())
    }

    async fn put_acl(
        &self,
        calendar: &CalendarId,
        scope: &AclScope,
        role: &AclRole,
    ) -> Result<AclRule> {
        self.change(|account, delta| {
            let mut meta = account.calendar(calendar)?.meta.clone();
            let id = match scope {
                AclScope::User(who) => format!("user:{who}"),
                AclScope::Group(who) => format!("group:{who}"),
                AclScope::Domain(domain) => format!("domain:{domain}"),
                AclScope::Public => "public".to_owned(),
                _ => return Err(Error::unsupported("this scope of sharing")),
            };
            let rule = AclRule::new(id, scope.clone(), role.clone());
            meta.acl.retain(|other| other.id != rule.id);
            meta.acl.push(rule.clone());
            delta.put_calendar(meta);
            Ok(rule)
        })
        .await
    }

    async fn remove_acl(&self, calendar: &CalendarId, rule: &AclRuleId) -> Result<()> {
        self.change(|account, delta| {
            let mut meta = account.calendar(calendar)?.meta.clone();
            meta.acl.retain(|other| other.id != *rule);
            if !meta.acl.iter().any(|rule| rule.role == AclRole::Owner) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "a calendar keeps one owner",
                ));
            }
            delta.put_calendar(meta);
            Ok(())
        })
        .await
    }
}

fn no_attachment(id: &AttachmentId) -> Error {
    Error::not_found(format_args!("the attachment {:?}", id.as_str()))
}

/// Content hangs on series and on events that stand alone.
fn master<'a>(held: &'a Held, id: &EventId) -> Result<&'a super::series::Series> {
    let named = occurrence::split(id, &held.meta.zone()).map_or(id.as_str(), |(series, _)| series);
    let series = held
        .series
        .get(id.as_str())
        .or_else(|| held.series.get(named));
    series.ok_or_else(|| Error::not_found(format_args!("the event {:?}", id.as_str())))
}

#[async_trait]
impl AttachmentProvider for LocalCalendar {
    async fn add_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        new: &NewAttachment,
    ) -> Result<Attachment> {
        let now = self.now();
        self.change(|account, delta| {
            let held = account.writable(calendar)?;
            let mut series = master(held, event)?.clone();
            let id = AttachmentId::new(uuid::Uuid::now_v7().to_string());
            let mut attachment = Attachment::kept(id.clone(), &new.name, new.content.len() as u64);
            attachment.media_type = Some(new.media_type.clone());
            ics::attach(&mut series, &id, new)?;
            series.master.attachments.push(attachment.clone());
            stamp(&mut series.master, delta.next_version(held), now);
            delta.put(calendar, series);
            Ok(attachment)
        })
        .await
    }

    async fn read_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &AttachmentId,
    ) -> Result<Bytes> {
        let account = self.account().await?;
        let series = master(account.calendar(calendar)?, event)?;
        ics::content(series, attachment).ok_or_else(|| no_attachment(attachment))
    }

    async fn remove_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &AttachmentId,
    ) -> Result<()> {
        let now = self.now();
        self.change(|account, delta| {
            let held = account.writable(calendar)?;
            let mut series = master(held, event)?.clone();
            if ics::content(&series, attachment).is_none() {
                return Ok(());
            }
            ics::detach(&mut series, attachment);
            stamp(&mut series.master, delta.next_version(held), now);
            delta.put(calendar, series);
            Ok(())
        })
        .await
    }
}

/// Where a run of synchronisation is: what changed after `since`, up to `until`, from `offset` on.
struct Run {
    since: Option<u64>,
    until: u64,
    offset: usize,
}

fn wrong_token() -> Error {
    Error::invalid_input("the token of synchronisation is not one of this calendar")
}

fn token(meta: &Meta, sequence: u64) -> SyncToken {
    SyncToken::new(format!("{}.{sequence}", meta.epoch))
}

/// `None` when the token is too old.
fn run(meta: &Meta, from: &SyncFrom) -> Result<Option<Run>> {
    let own = |text: &str| -> Result<String> {
        let (epoch, rest) = text.split_once('.').ok_or_else(wrong_token)?;
        if epoch == meta.epoch {
            Ok(rest.to_owned())
        } else {
            Err(wrong_token())
        }
    };
    let number = |text: &str| text.parse::<u64>().map_err(|_| wrong_token());
    Ok(match from {
        SyncFrom::Start => Some(Run {
            since: None,
            until: meta.sequence,
            offset: 0,
        }),
        SyncFrom::Token(token) => {
            let since = number(&own(token.as_str())?)?;
            (since >= meta.floor).then_some(Run {
                since: Some(since),
                until: meta.sequence,
                offset: 0,
            })
        }
        SyncFrom::Cursor(cursor) => {
            let rest = own(cursor.as_str())?;
            let parts: Vec<&str> = rest.split('-').collect();
            let [since, until, offset] = parts[..] else {
                return Err(wrong_token());
            };
            let since = if since.is_empty() {
                None
            } else {
                Some(number(since)?)
            };
            let offset = usize::try_from(number(offset)?).map_err(|_| wrong_token())?;
            let current = since.is_none_or(|since| since >= meta.floor);
            current.then_some(Run {
                since,
                until: number(until)?,
                offset,
            })
        }
        _ => return Err(Error::unsupported("this start of a synchronisation")),
    })
}

#[async_trait]
impl SyncProvider for LocalCalendar {
    async fn sync_page(&self, calendar: &CalendarId, from: &SyncFrom) -> Result<SyncPage> {
        let account = self.account().await?;
        let held = account.calendar(calendar)?;
        let Some(run) = run(&held.meta, from)? else {
            return Ok(SyncPage::Expired);
        };
        let ids: Vec<EventId> = match run.since {
            None => held
                .series
                .values()
                .flat_map(whole)
                .map(|event| event.id.clone())
                .collect(),
            Some(since) => {
                let changed = held.meta.changes.iter();
                let ids: BTreeSet<&EventId> = changed
                    .filter(|(sequence, _)| *sequence > since && *sequence <= run.until)
                    .map(|(_, id)| id)
                    .collect();
                ids.into_iter().cloned().collect()
            }
        };
        let page: Vec<Change> = ids
            .iter()
            .skip(run.offset)
            .take(self.page_size)
            .map(|id| match stored(held, id) {
                Some(event) => Change::Upserted(Box::new(event)),
                None => Change::Deleted(id.clone()),
            })
            .collect();
        let offset = run.offset + page.len();
        let next = if offset < ids.len() {
            let since = run.since.map(|since| since.to_string()).unwrap_or_default();
            SyncNext::More(Cursor::new(format!(
                "{}.{since}-{}-{offset}",
                held.meta.epoch, run.until
            )))
        } else {
            SyncNext::Done(token(&held.meta, run.until))
        };
        Ok(SyncPage::Changes {
            changes: page,
            next,
        })
    }
}

/// An event that is stored: a series, a changed occurrence, one that stands alone.
fn stored(held: &Held, id: &EventId) -> Option<integrations_core::calendar::Event> {
    if let Some(series) = held.series.get(id.as_str()) {
        return Some(series.master.clone());
    }
    let (series, at) = occurrence::split(id, &held.meta.zone())?;
    held.series.get(series)?.changed.get(&at).cloned()
}

/// How long a subscription holds when nobody says: a week, as at the vendors.
const WATCH: SignedDuration = SignedDuration::from_hours(7 * 24);

#[async_trait]
impl WatchProvider for LocalCalendar {
    async fn watch(&self, request: &WatchRequest) -> Result<Watch> {
        let now = self.now();
        self.change(|account, delta| {
            let mut meta = account.calendar(&request.calendar)?.meta.clone();
            let asked = request
                .ttl
                .and_then(|ttl| SignedDuration::try_from(ttl).ok());
            let expires = now.checked_add(asked.unwrap_or(WATCH).min(WATCH));
            let expires =
                expires.map_err(|_| Error::invalid_input("the subscription holds too long"))?;
            let id = uuid::Uuid::new_v4().to_string();
            let watch = Watch::new(id, request.calendar.clone(), expires);
            meta.watches.retain(|other| other.expires > now);
            meta.watches.push(watch.clone());
            delta.put_calendar(meta);
            Ok(watch)
        })
        .await
    }

    async fn renew_watch(&self, watch: &Watch, request: &WatchRequest) -> Result<Watch> {
        let now = self.now();
        let account_has = {
            let account = self.account().await?;
            let meta = &account.calendar(&watch.calendar)?.meta;
            meta.watches
                .iter()
                .any(|held| held.id == watch.id && held.expires > now)
        };
        if !account_has {
            return Err(Error::not_found("the subscription")
                .with_advice("subscribe again, and synchronise: notices may have been missed"));
        }
        // The new one holds before the old one ends.
        let renewed = self.watch(request).await?;
        self.stop_watch(watch).await?;
        Ok(renewed)
    }

    async fn stop_watch(&self, watch: &Watch) -> Result<()> {
        self.change(|account, delta| {
            let Some(held) = account.calendars.get(&watch.calendar) else {
                return Ok(());
            };
            let mut meta = held.meta.clone();
            meta.watches.retain(|other| other.id != watch.id);
            delta.put_calendar(meta);
            Ok(())
        })
        .await
    }
}
