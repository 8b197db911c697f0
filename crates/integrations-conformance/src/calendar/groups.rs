//! Sharing, attachments, watching.

use integrations_core::SecretString;
use integrations_core::calendar::{
    AclRole, AclScope, CalendarId, NewAttachment, Watch, WatchRequest,
};
use url::Url;

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn a_role_is_given_replaced_and_taken(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let sharing = h.calendar.sharing()?;
    let ada = || AclScope::User("ada@example.com".to_owned());
    let roles = async || -> Result<Vec<AclRole>, Failure> {
        let rules = sharing.list(&calendar).all().await?;
        Ok(rules
            .into_iter()
            .filter(|rule| rule.scope == ada())
            .map(|rule| rule.role)
            .collect())
    };
    sharing.put(&calendar, ada(), AclRole::Reader).await?;
    ensure_eq!(roles().await?, [AclRole::Reader], "the role");
    let rule = sharing.put(&calendar, ada(), AclRole::Writer).await?;
    ensure_eq!(roles().await?, [AclRole::Writer], "the second role");
    for _ in 0..2 {
        sharing.remove(&calendar, &rule.id).await?;
    }
    ensure_eq!(roles().await?, [], "what is left");
    Ok(())
}

pub(super) async fn content_is_attached_and_removed(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let attachments = h.calendar.attachments()?;
    let event = h
        .calendar
        .create_event(&calendar, h.event("Files", 9, 10))
        .await?;
    let content: Vec<u8> = (0..=255).collect();
    let new = NewAttachment::new("agenda; 1.bin", "application/octet-stream", content.clone());
    let added = attachments.add(&calendar, &event.id, new).await?;
    let Some(id) = added.id else {
        return Err(Failure::new("the attachment has no id"));
    };
    let listed = h
        .calendar
        .get_event(&calendar, &event.id)
        .await?
        .attachments;
    ensure_eq!(listed.len(), 1, "how many the event has");
    ensure_eq!(
        (listed[0].name.as_str(), listed[0].size),
        ("agenda; 1.bin", Some(256)),
        "the attachment"
    );
    let read = attachments.read(&calendar, &event.id, &id).await?;
    ensure!(read == content, "other bytes came back");
    for _ in 0..2 {
        attachments.remove(&calendar, &event.id, &id).await?;
    }
    let gone = attachments.read(&calendar, &event.id, &id).await;
    ensure_kind!(gone, NotFound, "reading it afterwards");
    ensure_eq!(
        h.calendar
            .get_event(&calendar, &event.id)
            .await?
            .attachments
            .len(),
        0,
        "what is left"
    );
    Ok(())
}

fn request(calendar: &CalendarId) -> Result<WatchRequest, Failure> {
    let callback =
        Url::parse("https://app.example.com/notices").map_err(|e| Failure::new(e.to_string()))?;
    let secret = SecretString::from("a-secret-of-the-test");
    Ok(WatchRequest::new(calendar.clone(), callback, secret))
}

async fn notices(h: &Harness, watch: &Watch) -> u64 {
    match &h.notices {
        Some(count) => count(watch.id.clone()).await,
        None => 0,
    }
}

pub(super) async fn changes_are_noticed(h: Harness) -> Verdict {
    let (calendar, other) = (h.fresh().await?, h.fresh().await?);
    let watch = h.calendar.watching()?.start(&request(&calendar)?).await?;
    let before = notices(&h, &watch).await;
    h.calendar
        .create_event(&other, h.event("Elsewhere", 9, 10))
        .await?;
    ensure_eq!(
        notices(&h, &watch).await,
        before,
        "the notices of another calendar"
    );
    h.calendar
        .create_event(&calendar, h.event("Change", 9, 10))
        .await?;
    ensure!(notices(&h, &watch).await > before, "no notice came");
    Ok(())
}

pub(super) async fn a_renewed_subscription_holds_on(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let watching = h.calendar.watching()?;
    let request = request(&calendar)?;
    let watch = watching.start(&request).await?;
    let renewed = watching.renew(&watch, &request).await?;
    ensure!(
        renewed.expires >= watch.expires,
        "it ends at {} and not at {}",
        renewed.expires,
        watch.expires
    );
    let before = notices(&h, &renewed).await;
    h.calendar
        .create_event(&calendar, h.event("Change", 9, 10))
        .await?;
    ensure!(notices(&h, &renewed).await > before, "no notice came");
    Ok(())
}

pub(super) async fn a_stopped_subscription_is_silent(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let watching = h.calendar.watching()?;
    let watch = watching.start(&request(&calendar)?).await?;
    for _ in 0..2 {
        watching.stop(&watch).await?;
    }
    let before = notices(&h, &watch).await;
    h.calendar
        .create_event(&calendar, h.event("Change", 9, 10))
        .await?;
    ensure_eq!(notices(&h, &watch).await, before, "the notices");
    Ok(())
}
