//! Registration.

use integrations_core::video::{Meeting, MeetingSettings, NewRegistrant, RegistrantStatus};

use super::Harness;
use crate::{Failure, Verdict, ensure_eq, ensure_kind};

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
