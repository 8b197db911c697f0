//! What happened, one by one and counted.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use integrations_core::PageRequest;
use integrations_core::email::{
    EmailEvent, EventKind, EventQuery, RecipientStatus, Resolution, SendReport, StatsQuery,
    Suppression, Tracking,
};
use integrations_core::time::TimeRange;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::harness::{Happening, message_id, whole};
use super::{Harness, suppressions};
use crate::{Failure, Verdict, ensure, ensure_eq};

fn of(report: &SendReport, h: &Harness, to: &str) -> Result<EventQuery, Failure> {
    Ok(EventQuery::message(message_id(report, &h.address(to))?))
}

fn taken_on(event: &EmailEvent) -> bool {
    matches!(event.kind, EventKind::Queued | EventKind::Sent)
}

pub(super) async fn a_send_is_an_event(h: Harness) -> Verdict {
    let report = h
        .send(&h.message("Event").with_to(h.address("event")))
        .await?;
    let events = h.events(&of(&report, &h, "event")?, 1).await?;
    let Some(event) = events.iter().find(|event| taken_on(event)) else {
        return Err(Failure::new(format!("no event of the send in {events:?}")));
    };
    let recipient = event.recipient.as_ref();
    ensure!(
        recipient.is_some_and(|r| r.is_same(&h.address("event"))),
        "the event is about {recipient:?}"
    );
    Ok(())
}

pub(super) async fn tags_and_metadata_come_back_in_events(h: Harness) -> Verdict {
    let (one, two) = (h.name("one"), h.name("two"));
    let message = h.message("Tagged").with_to(h.address("tagged"));
    let message = message.with_tag(&one).with_tag(&two);
    let message = message
        .with_metadata("order", "1042")
        .with_metadata("shop", "Zoë & Co");
    let report = h.send(&message).await?;
    let events = h.events(&of(&report, &h, "tagged")?, 1).await?;
    let Some(event) = events.iter().find(|event| taken_on(event)) else {
        return Err(Failure::new("a send has no event"));
    };
    let tags: BTreeSet<_> = event.tags.iter().cloned().collect();
    ensure_eq!(tags, [one, two].into(), "the tags");
    for (name, value) in &message.metadata {
        ensure_eq!(event.metadata.get(name), Some(value), "the metadata {name}");
    }
    Ok(())
}

pub(super) async fn a_rejection_is_an_event(h: Harness) -> Verdict {
    let (gone, kind) = (h.address("gone"), suppressions::addable(&h)?);
    let entry = Suppression::new(gone.clone(), kind.clone());
    h.mailer.add_suppression(&entry).await?;
    let report = h
        .mailer
        .send(&h.message("No").with_to(gone.clone()))
        .await?;
    let status = report.of(&gone).map(|result| result.status);
    ensure_eq!(status, Some(RecipientStatus::Rejected), "the status");
    let query = EventQuery::recipient(gone).with_kind(EventKind::Rejected);
    let events = h.events(&query, 1).await?;
    let Some(event) = events.first() else {
        return Err(Failure::new("a rejection is no event"));
    };
    let reason = event.reject_reason.clone();
    ensure_eq!(reason, Some(kind.reject_reason()), "the reason");
    Ok(())
}

pub(super) async fn what_recipients_do_is_an_event(h: Harness) -> Verdict {
    let url = Url::parse("https://example.org/offer?a=1&b=2")
        .map_err(|error| Failure::new(error.to_string()))?;
    for (name, what, kind) in [
        ("bounce", Happening::Bounce, EventKind::Bounced),
        ("complaint", Happening::Complaint, EventKind::Complained),
        ("open", Happening::Open, EventKind::Opened),
        ("click", Happening::Click(url.clone()), EventKind::Clicked),
    ] {
        let has = h.mailer.capabilities();
        let mut message = h.message("Happens").with_to(h.address(name));
        let html = format!("<a href=\"{url}\">offer</a>");
        message = message.with_html(html);
        match kind {
            EventKind::Opened if !has.track_opens => continue,
            EventKind::Opened => message = message.with_tracking(Tracking::opens(true)),
            EventKind::Clicked if !has.track_clicks => continue,
            EventKind::Clicked => message = message.with_tracking(Tracking::clicks(true)),
            _ => {}
        }
        let report = h.send(&message).await?;
        let to = h.address(name);
        h.happens(&report, &to, what).await?;
        let query = of(&report, &h, name)?.with_kind(kind.clone());
        let events = h.events(&query, 1).await?;
        let [event] = events.as_slice() else {
            return Err(Failure::new(format!(
                "there are {} events of kind {kind:?}",
                events.len()
            )));
        };
        let about = event.recipient.as_ref().is_some_and(|r| r.is_same(&to));
        ensure!(about, "{kind:?} is about {:?}", event.recipient);
        if kind == EventKind::Clicked {
            ensure_eq!(event.url.as_ref(), Some(&url), "the link of a click");
        }
    }
    Ok(())
}

pub(super) async fn opens_that_are_not_tracked_are_no_events(h: Harness) -> Verdict {
    let to = h.address("private");
    let message = h.message("Private").with_to(to.clone());
    let message = message.with_html("<p>Hello</p>");
    let report = h
        .send(&message.with_tracking(Tracking::opens(false)))
        .await?;
    h.happens(&report, &to, Happening::Open).await?;
    let query = of(&report, &h, "private")?.with_kind(EventKind::Opened);
    ensure_eq!(h.events(&query, 1).await?, [], "the opens");
    Ok(())
}

pub(super) async fn clicks_that_are_not_tracked_are_no_events(h: Harness) -> Verdict {
    let to = h.address("private");
    let url = Url::parse("https://example.org/").map_err(|e| Failure::new(e.to_string()))?;
    let message = h.message("Private").with_to(to.clone());
    let message = message.with_html(format!("<a href=\"{url}\">x</a>"));
    let report = h
        .send(&message.with_tracking(Tracking::clicks(false)))
        .await?;
    h.happens(&report, &to, Happening::Click(url)).await?;
    let query = of(&report, &h, "private")?.with_kind(EventKind::Clicked);
    ensure_eq!(h.events(&query, 1).await?, [], "the clicks");
    Ok(())
}

pub(super) async fn every_event_is_listed_once_and_in_order(h: Harness) -> Verdict {
    let to = h.address("many");
    for _ in 0..4 {
        h.send(&h.message("Many").with_to(to.clone())).await?;
    }
    let query = EventQuery::recipient(to);
    let seen = h.events(&query, 4).await?;
    let small = PageRequest::with_limit(NonZeroU32::MIN);
    let pages = whole(h.mailer.events(query, small)).await?;
    let ids = |events: &[EmailEvent]| -> Vec<_> { events.iter().map(|e| e.id.clone()).collect() };
    ensure_eq!(ids(&pages), ids(&seen), "the events in small pages");
    let distinct: BTreeSet<_> = ids(&seen).into_iter().collect();
    ensure_eq!(distinct.len(), seen.len(), "the distinct ids of events");
    let sends = seen.iter().filter_map(|event| event.message_id.clone());
    let sends: BTreeSet<_> = sends.collect();
    ensure_eq!(sends.len(), 4, "the messages that have events");
    let ordered = seen.is_sorted_by_key(|event| event.occurred_at);
    ensure!(ordered, "the events are not oldest first");
    Ok(())
}

pub(super) async fn a_query_has_what_it_asks_for_and_no_other(h: Harness) -> Verdict {
    let (one, two) = (h.address("one"), h.address("two"));
    let first = h.send(&h.message("One").with_to(one.clone())).await?;
    let second = h.send(&h.message("Two").with_to(two.clone())).await?;
    let all = [(&one, &first), (&two, &second)];
    for (to, report) in all {
        let own = message_id(report, to)?;
        let by_recipient = h.events(&EventQuery::recipient(to.clone()), 1).await?;
        let by_message = h.events(&EventQuery::message(own.clone()), 1).await?;
        for events in [by_recipient, by_message] {
            ensure!(!events.is_empty(), "a query for {to} found nothing");
            let other = events.iter().find(|e| e.message_id.as_ref() != Some(&own));
            ensure!(other.is_none(), "a query for {to} found {other:?}");
        }
    }
    let never = Timestamp::UNIX_EPOCH;
    let range = TimeRange::new(never, never + SignedDuration::from_hours(1))?;
    let query = EventQuery::recipient(one).with_range(range);
    let old = whole(h.mailer.events(query, PageRequest::default())).await?;
    ensure_eq!(old, [], "the events of 1970");
    Ok(())
}

pub(super) async fn events_are_found_by_tag(h: Harness) -> Verdict {
    let tag = h.name("tag");
    let message = |to: &str| h.message("Tag").with_to(h.address(to));
    h.send(&message("with").with_tag(&tag)).await?;
    h.send(&message("without")).await?;
    let query = EventQuery::default().with_tag(&tag);
    let events = h.events(&query, 1).await?;
    ensure!(!events.is_empty(), "no event has the tag");
    let with = h.address("with");
    let about = |e: &EmailEvent| e.recipient.as_ref().is_some_and(|r| r.is_same(&with));
    ensure!(events.iter().all(about), "the query found {events:?}");
    Ok(())
}

fn around_now() -> Result<TimeRange, Failure> {
    let (now, day) = (Timestamp::now(), SignedDuration::from_hours(24));
    Ok(TimeRange::new(now - day, now + day)?)
}

/// How many messages a provider says that it took on, by whichever of the words it counts.
async fn count(h: &Harness, query: &StatsQuery) -> Result<u64, Failure> {
    let points = h.mailer.stats(query).await?;
    let ordered = points.is_sorted_by_key(|point| point.start);
    ensure!(ordered, "the points are not oldest first");
    let sum = |kind| points.iter().map(|point| point.count(&kind)).sum::<u64>();
    let (queued, sent): (u64, u64) = (sum(EventKind::Queued), sum(EventKind::Sent));
    Ok(queued.max(sent))
}

pub(super) async fn sends_are_counted(h: Harness) -> Verdict {
    let query = StatsQuery::total(around_now()?);
    let before = count(&h, &query).await?;
    for number in 0..3 {
        let to = h.address(&format!("n{number}"));
        h.send(&h.message("Count").with_to(to)).await?;
    }
    let started = std::time::Instant::now();
    let mut after = count(&h, &query).await?;
    while after < before + 3 && started.elapsed() < h.patience {
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        after = count(&h, &query).await?;
    }
    // Others may send meanwhile.
    ensure!(after >= before + 3, "{before} sends became {after}");
    Ok(())
}

pub(super) async fn sends_are_counted_by_tag(h: Harness) -> Verdict {
    let (tag, other) = (h.name("tag"), h.name("other"));
    for (number, tag) in [&tag, &tag, &other].into_iter().enumerate() {
        let to = h.address(&format!("t{number}"));
        let message = h.message("Count").with_to(to);
        h.send(&message.with_tag(tag)).await?;
    }
    let started = std::time::Instant::now();
    for resolution in [Resolution::Total, Resolution::Day] {
        let query = StatsQuery::total(around_now()?).with_tag(&tag);
        let query = query.with_resolution(resolution);
        let mut seen = count(&h, &query).await?;
        while seen < 2 && started.elapsed() < h.patience {
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
            seen = count(&h, &query).await?;
        }
        ensure_eq!(seen, 2, "the sends with a tag by {resolution:?}");
    }
    Ok(())
}

pub(super) async fn nothing_is_counted_outside_the_range(h: Harness) -> Verdict {
    h.send(&h.message("Count").with_to(h.address("now")))
        .await?;
    let now = Timestamp::now();
    let day = SignedDuration::from_hours(24);
    let range = TimeRange::new(now + day, now + day + day)?;
    let seen = count(&h, &StatsQuery::total(range)).await?;
    ensure_eq!(seen, 0, "the sends of tomorrow");
    Ok(())
}
