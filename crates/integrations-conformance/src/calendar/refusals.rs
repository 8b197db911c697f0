//! What is refused before anything is sent.

use integrations_core::calendar::*;
use integrations_core::time::EventTime;
use integrations_core::{Effect, ErrorKind, PageRequest, Result, SecretString};

use super::Harness;
use super::harness::{DAY, berlin, june, recurrence};
use crate::requests::quietly;
use crate::{Failure, Verdict, ensure_eq, ensure_kind};

pub(super) async fn wrong_input_is_refused(h: Harness) -> Verdict {
    wrong_input(&h).await
}

pub(super) async fn refusing_wrong_input_sends_nothing(h: Harness) -> Verdict {
    let read = async {
        let missing = EventId::new(format!("{}missing", h.label));
        let read = h.calendar.get_event(&h.home, &missing).await;
        ensure_kind!(read, NotFound, "an event that is not there");
        Ok(())
    };
    quietly(h.requests.as_ref(), read, wrong_input(&h)).await
}

/// Asks the handle for what cannot be.
async fn wrong_input(h: &Harness) -> Verdict {
    let calendar = h.home.clone();
    let nowhere = EventTime::zoned(DAY.at(9, 0, 0, 0), "Europe/Atlantis");
    let mut injected = h.event("x", 9, 10);
    injected
        .summary
        .push_str("\r\nATTENDEE:mailto:mallory@example.com");
    for (what, event) in [
        (
            "an end before the start",
            NewEvent::new("x", berlin(DAY, 10), berlin(DAY, 9)),
        ),
        ("an empty whole day", NewEvent::new("x", DAY, DAY)),
        ("a day and a time", NewEvent::new("x", DAY, berlin(DAY, 9))),
        (
            "an unknown zone",
            NewEvent::new("x", nowhere.clone(), nowhere),
        ),
        ("a line break in the title", injected),
        (
            "an address that is none",
            h.event("x", 9, 10).with_attendee(Attendee::new("nobody")),
        ),
        (
            "an empty recurrence",
            h.event("x", 9, 10)
                .with_recurrence(recurrence::Recurrence::default()),
        ),
        (
            "a rule with a date as its end",
            h.event("x", 9, 10)
                .with_recurrence(recurrence("FREQ=DAILY;UNTIL=20260701")?),
        ),
    ] {
        let create = h.calendar.create_event(&calendar, event).await;
        let error = ensure_kind!(create, InvalidInput, "{what}");
        ensure_eq!(error.effect(), Effect::NotApplied, "the effect of {what}");
    }
    let id = EventId::new("event");
    let empty = h
        .calendar
        .update_event(
            &calendar,
            &id,
            EventPatch::default(),
            UpdateOptions::default(),
        )
        .await;
    ensure_kind!(empty, InvalidInput, "a patch that changes nothing");
    let no_id = h.calendar.get_event(&calendar, &EventId::new("")).await;
    ensure_kind!(no_id, InvalidInput, "an empty id");
    let mut endless = EventQuery::default();
    endless.expand = true;
    let endless = h.calendar.list_events(&calendar, endless).all().await;
    ensure_kind!(endless, InvalidInput, "occurrences without a range");
    Ok(())
}

fn refused<T>(feature: &str, result: Result<T>) -> Verdict {
    match result {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            ensure_eq!(
                error.effect(),
                Effect::NotApplied,
                "the effect of {feature}"
            );
            Ok(())
        }
        Err(error) => Err(Failure::new(format!(
            "{feature} is not declared: expected Unsupported, saw {error}"
        ))),
        Ok(_) => Err(Failure::new(format!(
            "{feature} is not declared, and the call succeeded"
        ))),
    }
}

/// A real event, so that a driver that goes on finds something.
async fn real(h: &Harness) -> Result<Event> {
    let event = h.event("Refused", 9, 10);
    h.calendar.create_event(&h.home, event).await
}

pub(super) async fn what_is_not_declared_is_refused(h: Harness) -> Verdict {
    let made = real(&h).await?;
    undeclared(&h, &made.id).await?;
    let read = h.calendar.get_event(&h.home, &made.id).await?;
    ensure_eq!(read.summary, made.summary, "the event afterwards");
    Ok(())
}

pub(super) async fn refusing_what_is_not_declared_sends_nothing(h: Harness) -> Verdict {
    let made = real(&h).await?;
    let read = async {
        h.calendar.get_event(&h.home, &made.id).await?;
        Ok(())
    };
    quietly(h.requests.as_ref(), read, undeclared(&h, &made.id)).await
}

/// Asks the driver for everything that it does not declare.
async fn undeclared(h: &Harness, id: &EventId) -> Verdict {
    let (driver, has) = (h.calendar.provider(), h.calendar.capabilities().clone());
    let (calendar, page) = (h.home.clone(), PageRequest::default());
    create(h, &has).await?;
    let patch = EventPatch::default().with_summary(h.title("changed"));
    if !has.scope_following {
        let options = UpdateOptions::scope(EditScope::ThisAndFollowing);
        refused(
            "scope_following",
            driver.update_event(&calendar, id, &patch, &options).await,
        )?;
        refused(
            "scope_following",
            driver.delete_event(&calendar, id, &options).await,
        )?;
    }
    if !has.etag_conditions {
        let options = UpdateOptions::default().with_if_match(ETag::new("\"0\""));
        refused(
            "etag_conditions",
            driver.update_event(&calendar, id, &patch, &options).await,
        )?;
        refused(
            "etag_conditions",
            driver.delete_event(&calendar, id, &options).await,
        )?;
    }
    if !has.text_search {
        let query = EventQuery::text("x");
        refused(
            "text_search",
            driver.list_events(&calendar, &query, &page).await,
        )?;
    }
    let mut cancelled = EventQuery::default();
    cancelled.include_cancelled = true;
    let mut recent = EventQuery::default();
    recent.updated_since = Some(june()?.start);
    for (declared, feature, query) in [
        (has.include_cancelled, "include_cancelled", cancelled),
        (has.updated_since, "updated_since", recent),
    ] {
        if !declared {
            refused(feature, driver.list_events(&calendar, &query, &page).await)?;
        }
    }
    if !has.delete_message {
        let mut options = UpdateOptions::default();
        options.message = Some("It is off.".to_owned());
        refused(
            "delete_message",
            driver.delete_event(&calendar, id, &options).await,
        )?;
    }
    if has.respond && !has.respond_comment {
        let rsvp = Rsvp::new(Participation::Accepted).with_comment("x");
        refused(
            "respond_comment",
            driver.respond(&calendar, id, &rsvp).await,
        )?;
    }
    if !has.expand {
        let query = EventQuery::occurrences(june()?);
        refused("expand", driver.list_events(&calendar, &query, &page).await)?;
        refused(
            "expand",
            driver.instances(&calendar, id, june()?, &page).await,
        )?;
    }
    if !has.calendar_write {
        refused(
            "calendar_write",
            driver.create_calendar(&NewCalendar::new("x")).await,
        )?;
        let mut patch = CalendarPatch::default();
        patch.name = Some("x".to_owned());
        refused(
            "calendar_write",
            driver.update_calendar(&calendar, &patch).await,
        )?;
        let missing = CalendarId::new(format!("{}missing", h.label));
        refused("calendar_write", driver.delete_calendar(&missing).await)?;
    }
    if has.calendar_write && !has.calendar_time_zone {
        let zoned = NewCalendar::new("x").with_time_zone("Europe/Berlin");
        refused("calendar_time_zone", driver.create_calendar(&zoned).await)?;
        let mut patch = CalendarPatch::default();
        patch.time_zone = Patch::Set(integrations_core::time::TzId::iana("Europe/Berlin"));
        let changed = driver.update_calendar(&calendar, &patch).await;
        refused("calendar_time_zone", changed)?;
    }
    if has.calendar_write && !has.calendar_etag {
        let mut patch = CalendarPatch::default().with_if_match("\"1\"".into());
        patch.name = Some("x".to_owned());
        let changed = driver.update_calendar(&calendar, &patch).await;
        refused("calendar_etag", changed)?;
    }
    if !has.move_event {
        refused(
            "move_event",
            driver
                .move_event(&calendar, id, &CalendarId::new("other"), Notify::Nobody)
                .await,
        )?;
    }
    if !has.respond {
        refused(
            "respond",
            driver
                .respond(&calendar, id, &Rsvp::new(Participation::Accepted))
                .await,
        )?;
    }
    if !has.free_busy {
        refused(
            "free_busy",
            driver.free_busy(&[Subject::from(&calendar)], june()?).await,
        )?;
    }
    if !has.free_busy_people {
        let person = [Subject::Person("ada@example.com".to_owned())];
        refused("free_busy_people", driver.free_busy(&person, june()?).await)?;
    }
    groups(h, &has).await
}

async fn create(h: &Harness, has: &CalendarCapabilities) -> Verdict {
    let driver = h.calendar.provider();
    let event = || h.event("refused", 9, 10);
    let link = |text: &str| url::Url::parse(text).map_err(|error| Failure::new(error.to_string()));
    let mut with = Vec::new();
    let at = |hour| EventTime::Floating(DAY.at(hour, 0, 0, 0));
    let tomorrow = DAY
        .tomorrow()
        .map_err(|error| Failure::new(error.to_string()))?;
    with.push((
        has.whole_days,
        "whole_days",
        NewEvent::new("x", DAY, tomorrow),
    ));
    with.push((
        has.floating_times,
        "floating_times",
        NewEvent::new("x", at(9), at(10)),
    ));
    with.push((
        has.recurrence,
        "recurrence",
        event().with_recurrence(recurrence("FREQ=DAILY;COUNT=2")?),
    ));
    let dates = recurrence("FREQ=DAILY;COUNT=2")?.with_date(berlin(tomorrow, 12));
    with.push((
        has.recurrence_dates,
        "recurrence_dates",
        event().with_recurrence(dates),
    ));
    with.push((
        has.recurrence_sub_daily,
        "recurrence_sub_daily",
        event().with_recurrence(recurrence("FREQ=HOURLY;COUNT=2")?),
    ));
    with.push((
        has.attendees,
        "attendees",
        event().with_attendee(Attendee::new("ada@example.com")),
    ));
    let optional = Attendee::new("ada@example.com").with_role(AttendeeRole::Optional);
    with.push((
        has.attendee_roles,
        "attendee_roles",
        event().with_attendee(optional),
    ));
    with.push((
        has.show_as_free,
        "show_as_free",
        event().with_show_as(ShowAs::Free),
    ));
    with.push((
        has.show_as_finer,
        "show_as_finer",
        event().with_show_as(ShowAs::OutOfOffice),
    ));
    let mut perhaps = event();
    perhaps.status = EventStatus::Tentative;
    with.push((has.tentative, "tentative", perhaps));
    with.push((
        has.reminder_email,
        "reminder_email",
        event().with_reminders(Reminders::Only(vec![Reminder::email(5)])),
    ));
    with.push((has.notify, "notify", event().with_notify(Notify::Everybody)));
    with.push((
        has.max_reminders > 0,
        "reminders",
        event().with_reminders(Reminders::Only(vec![Reminder::popup(5)])),
    ));
    let mut private = event();
    private.visibility = Visibility::Private;
    with.push((has.visibility, "visibility", private));
    with.push((
        has.properties,
        "properties",
        event().with_property("a", "b"),
    ));
    let mut attached = event();
    attached
        .attachments
        .push(Attachment::link("x", link("https://example.com/x")?));
    with.push((has.attachment_links, "attachment_links", attached));
    let conference = Conference::new(link("https://example.com/join")?);
    with.push((
        has.conference_link,
        "conference_link",
        event().with_conference(ConferenceRequest::Link(conference)),
    ));
    with.push((
        has.conference_create,
        "conference_create",
        event().with_conference(ConferenceRequest::Create),
    ));
    with.push((
        has.idempotent_create,
        "idempotent_create",
        event().with_key(h.key("refused")?),
    ));
    let untold = event().with_attendee(Attendee::new("ada@example.com"));
    with.push((!has.notify_always, "notify_always", untold));
    for (declared, feature, event) in with {
        if !declared {
            refused(feature, driver.create_event(&h.home, &event).await)?;
        }
    }
    Ok(())
}

async fn groups(h: &Harness, has: &CalendarCapabilities) -> Verdict {
    if !has.sharing {
        refused("sharing", h.calendar.sharing())?;
        ensure_eq!(
            h.calendar.provider().sharing().is_some(),
            false,
            "the group of sharing"
        );
    }
    if !has.attachments {
        refused("attachments", h.calendar.attachments())?;
        ensure_eq!(
            h.calendar.provider().attachments().is_some(),
            false,
            "the group of attachments"
        );
    }
    if !has.sync {
        refused("sync", h.calendar.sync(&h.home, None).await)?;
        ensure_eq!(
            h.calendar.provider().sync().is_some(),
            false,
            "the group of synchronisation"
        );
    }
    if !has.watching {
        refused("watching", h.calendar.watching())?;
        ensure_eq!(
            h.calendar.provider().watching().is_some(),
            false,
            "the group of watching"
        );
        return Ok(());
    }
    // A secret does not go to whoever listens.
    let Ok(callback) = url::Url::parse("http://app.example.com/notices") else {
        return Err(Failure::new("the URL of the test is none"));
    };
    let request = WatchRequest::new(h.home.clone(), callback, SecretString::from("secret"));
    let watch = h.calendar.watching()?.start(&request).await;
    ensure_kind!(watch, InvalidInput, "notices without https");
    Ok(())
}
