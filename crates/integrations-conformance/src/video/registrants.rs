//! Registration.

use integrations_core::video::{
    Meeting, MeetingSettings, NewRegistrant, NewWebinar, RegistrantStatus, WebinarSettings,
};

use super::Harness;
use super::harness::day;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

async fn asks(h: &Harness) -> Result<Meeting, Failure> {
    let mut settings = MeetingSettings::default();
    settings.registration = Some(true);
    let new = h.meeting("Registration", 3)?.with_settings(settings);
    Ok(h.meetings.create_meeting(new).await?)
}

pub(super) async fn who_registers_is_approved_or_denied(h: Harness) -> Verdict {
    let meeting = asks(&h).await?;
    let registrants = h.meetings.registrants()?;
    let ada = registrants
        .add(&meeting.id, NewRegistrant::new("ada@example.com", "Ada"))
        .await?;
    let bob = registrants
        .add(&meeting.id, NewRegistrant::new("bob@example.com", "Bob"))
        .await?;
    registrants
        .set_status(&meeting.id, &ada.id, RegistrantStatus::Approved)
        .await?;
    registrants
        .set_status(&meeting.id, &bob.id, RegistrantStatus::Denied)
        .await?;
    for (status, expected) in [
        (RegistrantStatus::Approved, &["ada@example.com"][..]),
        (RegistrantStatus::Denied, &["bob@example.com"]),
        (RegistrantStatus::Pending, &[]),
    ] {
        let listed = registrants
            .list(&meeting.id, Some(status.clone()))
            .all()
            .await?;
        let emails: Vec<&str> = listed.iter().map(|one| one.email.as_str()).collect();
        ensure_eq!(emails, expected, "{status:?}");
    }
    ensure_eq!(
        registrants.list(&meeting.id, None).all().await?.len(),
        2,
        "all"
    );
    Ok(())
}

pub(super) async fn the_same_address_registers_once(h: Harness) -> Verdict {
    let meeting = asks(&h).await?;
    let registrants = h.meetings.registrants()?;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let new = NewRegistrant::new("ada@example.com", "Ada");
        ids.push(registrants.add(&meeting.id, new).await?.id);
    }
    ensure_eq!(ids[1], ids[0], "the second");
    ensure_eq!(
        registrants.list(&meeting.id, None).all().await?.len(),
        1,
        "how many there are"
    );
    Ok(())
}

pub(super) async fn who_is_removed_can_register_again(h: Harness) -> Verdict {
    let meeting = asks(&h).await?;
    let registrants = h.meetings.registrants()?;
    let ada = || NewRegistrant::new("ada@example.com", "Ada");
    let first = registrants.add(&meeting.id, ada()).await?;
    for _ in 0..2 {
        registrants.remove(&meeting.id, &first.id).await?;
    }
    let left = registrants.list(&meeting.id, None).all().await?;
    ensure_eq!(left.len(), 0, "who is left");
    registrants.add(&meeting.id, ada()).await?;
    let left = registrants.list(&meeting.id, None).all().await?;
    ensure_eq!(left.len(), 1, "who is there again");
    Ok(())
}

pub(super) async fn listeners_register_for_a_webinar(h: Harness) -> Verdict {
    let mut settings = WebinarSettings::default();
    settings.registration = Some(true);
    let new = NewWebinar::new(h.topic("Registration"), day(3)?, 60).with_settings(settings);
    let webinar = h.meetings.webinars()?.create(new).await?;
    let registrants = h.meetings.registrants()?;
    let ada = registrants
        .add(&webinar.id, NewRegistrant::new("ada@example.com", "Ada"))
        .await?;
    registrants
        .set_status(&webinar.id, &ada.id, RegistrantStatus::Approved)
        .await?;
    let listed = registrants.list(&webinar.id, None).all().await?;
    ensure_eq!(listed.len(), 1, "who registered");
    ensure_eq!(listed[0].status, RegistrantStatus::Approved, "the status");
    if let Some(link) = &listed[0].join_url {
        let shown = format!("{listed:?}");
        ensure!(!shown.contains(link.as_str()), "the personal link is shown");
    }
    Ok(())
}

pub(super) async fn a_meeting_without_registration_takes_none(h: Harness) -> Verdict {
    let meeting = h.create("Open", 3).await?;
    let new = NewRegistrant::new("ada@example.com", "Ada");
    ensure_kind!(
        h.meetings.registrants()?.add(&meeting.id, new).await,
        Conflict,
        "registering"
    );
    Ok(())
}
