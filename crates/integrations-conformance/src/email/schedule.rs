//! Sends that wait for their time.

use std::time::Duration;

use integrations_core::email::{RecipientStatus, SendOptions};
use jiff::{SignedDuration, Timestamp};

use super::Harness;
use super::harness::Sent;
use crate::{Failure, Verdict, ensure_eq, ensure_kind};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn in_an_hour() -> Result<SendOptions, Failure> {
    let at = Timestamp::now().checked_add(HOUR);
    at.map(SendOptions::at)
        .map_err(|error| Failure::new(error.to_string()))
}

async fn schedule(h: &Harness, name: &str) -> Result<Sent, Failure> {
    let message = h.message("Later").with_to(h.address(name));
    let report = h.send_with(&message, in_an_hour()?).await?;
    for result in &report.recipients {
        let status = result.status;
        ensure_eq!(status, RecipientStatus::Scheduled, "the status");
    }
    Ok(report)
}

pub(super) async fn a_scheduled_mail_waits_for_its_time(h: Harness) -> Verdict {
    schedule(&h, "later").await?;
    let to = h.address("later");
    ensure_eq!(h.arrived(&to).await?, 0, "the mails before the time");
    h.pass(Duration::from_secs(30 * 60)).await?;
    ensure_eq!(h.arrived(&to).await?, 0, "the mails at half the time");
    h.pass(Duration::from_secs(31 * 60)).await?;
    let mail = h.only(&to).await?;
    ensure_eq!(mail.subject.as_deref(), Some("Later"), "the subject");
    Ok(())
}

pub(super) async fn a_canceled_mail_never_arrives(h: Harness) -> Verdict {
    let report = schedule(&h, "never").await?;
    let Some(id) = report.id() else {
        return Err(Failure::new("a scheduled send has no id"));
    };
    h.mailer.cancel_scheduled(id).await?;
    h.mailer.cancel_scheduled(id).await?;
    h.pass(Duration::from_secs(61 * 60)).await?;
    let arrived = h.arrived(&h.address("never")).await?;
    ensure_eq!(arrived, 0, "the mails after the time");
    Ok(())
}

pub(super) async fn canceling_one_leaves_the_others(h: Harness) -> Verdict {
    let first = schedule(&h, "canceled").await?;
    schedule(&h, "kept").await?;
    let Some(id) = first.id() else {
        return Err(Failure::new("a scheduled send has no id"));
    };
    h.mailer.cancel_scheduled(id).await?;
    h.pass(Duration::from_secs(61 * 60)).await?;
    h.only(&h.address("kept")).await?;
    Ok(())
}

pub(super) async fn what_went_out_cannot_be_canceled(h: Harness) -> Verdict {
    let report = schedule(&h, "gone").await?;
    let Some(id) = report.id() else {
        return Err(Failure::new("a scheduled send has no id"));
    };
    h.pass(Duration::from_secs(61 * 60)).await?;
    h.only(&h.address("gone")).await?;
    let late = h.mailer.cancel_scheduled(id).await;
    ensure_kind!(late, Conflict, "canceling what went out");
    Ok(())
}

pub(super) async fn canceling_what_is_not_there_is_not_found(h: Harness) -> Verdict {
    let none = h.mailer.cancel_scheduled(&"no-such-message".into()).await;
    ensure_kind!(none, NotFound, "canceling an unknown id");
    Ok(())
}
