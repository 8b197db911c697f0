//! Webinars.

use integrations_core::ExposeSecret;
use integrations_core::video::{NewWebinar, WebinarPatch};

use super::Harness;
use super::harness::day;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn a_webinar_is_made_changed_and_cancelled(h: Harness) -> Verdict {
    let webinars = h.meetings.webinars()?;
    let made = webinars
        .create(NewWebinar::new(h.topic("Webinar"), day(3)?, 60))
        .await?;
    let mut patch = WebinarPatch::default();
    patch.topic = Some(h.topic("Other"));
    webinars.update(&made.id, patch).await?;
    let read = webinars.get(&made.id).await?;
    ensure_eq!(read.topic, h.topic("Other"), "the topic");
    ensure_eq!(
        (read.start, read.duration_minutes),
        (Some(day(3)?), Some(60)),
        "the time"
    );
    ensure!(
        webinars
            .list()
            .all()
            .await?
            .iter()
            .any(|one| one.id == made.id),
        "it is not listed"
    );
    for _ in 0..2 {
        webinars.cancel(&made.id).await?;
    }
    ensure_kind!(webinars.get(&made.id).await, NotFound, "reading it");
    Ok(())
}

pub(super) async fn a_webinars_passcode_and_links_are_not_shown(h: Harness) -> Verdict {
    let webinars = h.meetings.webinars()?;
    let new = NewWebinar::new(h.topic("Passcode"), day(3)?, 60).with_passcode("7h-canary");
    let made = webinars.create(new).await?;
    let read = webinars.get(&made.id).await?;
    let passcode = read.passcode.as_ref().map(|code| code.expose_secret());
    ensure_eq!(passcode, Some("7h-canary"), "the passcode");
    let shown = format!("{made:?} {read:?}");
    ensure!(!shown.contains("canary"), "the passcode is shown: {shown}");
    ensure!(!shown.contains(read.link()?.as_str()), "the link is shown");
    if let Some(start) = &read.start_url {
        ensure!(
            !shown.contains(start.expose_secret()),
            "the host's link is shown"
        );
    }
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_webinar(h: Harness) -> Verdict {
    let webinars = h.meetings.webinars()?;
    let new = || {
        Ok::<_, Failure>(NewWebinar::new(h.topic("Once"), day(3)?, 60).with_key(h.key("webinar")?))
    };
    let first = webinars.create(new()?).await?;
    let second = webinars.create(new()?).await?;
    ensure_eq!(second.id, first.id, "the second");
    Ok(())
}

pub(super) async fn panelists_come_and_go(h: Harness) -> Verdict {
    let webinars = h.meetings.webinars()?;
    let made = webinars
        .create(NewWebinar::new(h.topic("Webinar"), day(3)?, 60))
        .await?;
    let ada = webinars
        .add_panelist(&made.id, "Ada", "ada@example.com")
        .await?;
    webinars
        .add_panelist(&made.id, "Ada", "ada@example.com")
        .await?;
    webinars
        .add_panelist(&made.id, "Bob", "bob@example.com")
        .await?;
    ensure_eq!(
        webinars.panelists(&made.id).all().await?.len(),
        2,
        "the panelists"
    );
    for _ in 0..2 {
        webinars.remove_panelist(&made.id, &ada.id).await?;
    }
    let left: Vec<_> = webinars
        .panelists(&made.id)
        .all()
        .await?
        .into_iter()
        .map(|one| one.email)
        .collect();
    ensure_eq!(left, ["bob@example.com"], "who is left");
    Ok(())
}
