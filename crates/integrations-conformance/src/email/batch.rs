//! One message for each of many.

use integrations_core::email::{EventKind, EventQuery, Recipient, SendOptions, Suppression};

use super::harness::plain;
use super::{Harness, suppressions};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

fn recipients(h: &Harness, count: usize) -> Vec<Recipient> {
    (0..count)
        .map(|number| Recipient::new(h.address(&format!("r{number}"))))
        .collect()
}

pub(super) async fn everybody_in_a_batch_gets_one_copy(h: Harness) -> Verdict {
    let all = recipients(&h, 5);
    let message = h.message("Batch");
    let sent = h.mailer.send_batch(&message, &all, SendOptions::default());
    let report = sent.await?.all_accepted()?;
    let who: Vec<_> = report.recipients.iter().map(|r| &r.address).collect();
    let wanted: Vec<_> = all.iter().map(|r| r.mailbox.address()).collect();
    ensure_eq!(who, wanted, "whose results there are, in order");
    for recipient in &all {
        let mail = h.only(recipient.mailbox.address()).await?;
        ensure_eq!(mail.subject.as_deref(), Some("Batch"), "the subject");
    }
    Ok(())
}

pub(super) async fn recipients_of_a_batch_do_not_see_each_other(h: Harness) -> Verdict {
    let all = recipients(&h, 3);
    let message = h.message("Apart");
    let sent = h.mailer.send_batch(&message, &all, SendOptions::default());
    sent.await?.all_accepted().map(drop)?;
    for recipient in &all {
        let own = recipient.mailbox.address();
        let mail = h.only(own).await?;
        let to: Vec<_> = mail.to.iter().map(|m| m.address()).collect();
        ensure_eq!(to, [own], "to");
        let source = String::from_utf8_lossy(&mail.source).to_lowercase();
        for other in all
            .iter()
            .map(|r| r.mailbox.address())
            .filter(|a| *a != own)
        {
            ensure!(
                !source.contains(&other.normalized()),
                "the mail to {own} names {other}"
            );
        }
    }
    Ok(())
}

pub(super) async fn everybody_gets_their_own_values(h: Harness) -> Verdict {
    let message = h
        .message("Hello {{name}}")
        .with_text("{{greeting}} {{name}}, number {{number}}")
        .with_merge("greeting", "Dear");
    let mut all = Vec::new();
    for (number, recipient) in recipients(&h, 4).into_iter().enumerate() {
        let recipient = recipient.with_merge("name", format!("N{number}"));
        all.push(recipient.with_merge("number", number));
    }
    all.push(
        Recipient::new(h.address("own"))
            .with_merge("name", "Own")
            .with_merge("number", 9)
            .with_merge("greeting", "Hi"),
    );
    let sent = h.mailer.send_batch(&message, &all, SendOptions::default());
    sent.await?.all_accepted().map(drop)?;
    for recipient in &all {
        let mail = h.only(recipient.mailbox.address()).await?;
        let value = |name: &str| match recipient.merge_data.get(name) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "Dear".to_owned(),
        };
        let (name, number) = (value("name"), value("number"));
        let text = format!("{} {name}, number {number}", value("greeting"));
        ensure_eq!(plain(mail.text.as_deref()), text, "the text");
        ensure_eq!(mail.subject, Some(format!("Hello {name}")), "the subject");
    }
    Ok(())
}

pub(super) async fn a_missing_value_of_one_sends_nothing_to_anybody(h: Harness) -> Verdict {
    let message = h.message("Hello").with_text("Dear {{name}}");
    let mut all = recipients(&h, 2);
    if let Some(first) = all.first_mut() {
        *first = first.clone().with_merge("name", "Ana");
    }
    let sent = h.mailer.send_batch(&message, &all, SendOptions::default());
    ensure_kind!(sent.await, InvalidInput, "a batch that lacks a value");
    for recipient in &all {
        let arrived = h.arrived(recipient.mailbox.address()).await?;
        ensure_eq!(arrived, 0, "the mails that arrived");
    }
    Ok(())
}

pub(super) async fn everybodys_own_headers_arrive(h: Harness) -> Verdict {
    let message = h.message("Headers").with_header("X-All", "yes");
    let all: Vec<_> = recipients(&h, 3)
        .into_iter()
        .enumerate()
        .map(|(number, r)| r.with_header("X-Own", number.to_string()))
        .collect();
    let sent = h.mailer.send_batch(&message, &all, SendOptions::default());
    sent.await?.all_accepted().map(drop)?;
    for (number, recipient) in all.iter().enumerate() {
        let mail = h.only(recipient.mailbox.address()).await?;
        let own = number.to_string();
        ensure_eq!(mail.header("X-Own"), Some(own.as_str()), "their header");
        ensure_eq!(mail.header("X-All"), Some("yes"), "the message's header");
    }
    Ok(())
}

pub(super) async fn everybodys_own_metadata_comes_back(h: Harness) -> Verdict {
    let message = h.message("Metadata").with_metadata("campaign", "spring");
    let all: Vec<_> = recipients(&h, 3)
        .into_iter()
        .enumerate()
        .map(|(number, r)| r.with_metadata("number", number.to_string()))
        .collect();
    let sent = h.mailer.send_batch(&message, &all, SendOptions::default());
    sent.await?.all_accepted().map(drop)?;
    for (number, recipient) in all.iter().enumerate() {
        let query = EventQuery::recipient(recipient.mailbox.address().clone());
        let events = h.events(&query, 1).await?;
        let Some(event) = events.first() else {
            return Err(Failure::new("a recipient has no event"));
        };
        let number = number.to_string();
        let seen = event.metadata.get("number");
        ensure_eq!(seen, Some(&number), "a recipient's own metadata");
        let seen = event.metadata.get("campaign").map(String::as_str);
        ensure_eq!(seen, Some("spring"), "the message's metadata");
    }
    Ok(())
}

pub(super) async fn one_rejected_recipient_does_not_stop_a_batch(h: Harness) -> Verdict {
    let all = recipients(&h, 3);
    let gone = h.address("r1");
    let kind = suppressions::addable(&h)?;
    let entry = Suppression::new(gone.clone(), kind);
    h.mailer.add_suppression(&entry).await?;
    let message = h.message("Part");
    let sent = h.mailer.send_batch(&message, &all, SendOptions::default());
    let report = sent.await?;
    let seen: Vec<bool> = report
        .recipients
        .iter()
        .map(|result| result.status.is_accepted())
        .collect();
    ensure_eq!(seen, [true, false, true], "who was accepted");
    ensure!(
        report.all_accepted().is_err(),
        "a report with a rejected recipient says that all were accepted"
    );
    ensure_eq!(h.arrived(&gone).await?, 0, "the mails to the rejected");
    h.only(&h.address("r0")).await?;
    h.only(&h.address("r2")).await?;
    Ok(())
}

pub(super) async fn a_batch_beyond_the_limit_is_sent_whole(h: Harness) -> Verdict {
    let most = h.mailer.capabilities().max_batch.unwrap_or(1);
    let all = recipients(&h, most + 1);
    let message = h.message("Long");
    let sent = h.mailer.send_batch(&message, &all, SendOptions::default());
    let report = sent.await?.all_accepted()?;
    ensure_eq!(report.recipients.len(), all.len(), "the number of results");
    for recipient in [all.first(), all.last()].into_iter().flatten() {
        h.only(recipient.mailbox.address()).await?;
    }
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_batch(h: Harness) -> Verdict {
    let (all, message) = (recipients(&h, 3), h.message("Once"));
    let send = || async {
        let sent = h.mailer.send_batch(&message, &all, h.keyed("batch")?);
        Ok::<_, Failure>(sent.await?.all_accepted()?)
    };
    let (first, second) = (send().await?, send().await?);
    ensure_eq!(second.ids, first.ids, "the ids of the second answer");
    for recipient in &all {
        let arrived = h.arrived(recipient.mailbox.address()).await?;
        ensure_eq!(arrived, 1, "the mails that arrived");
    }
    Ok(())
}

pub(super) async fn events_name_each_copy_of_a_batch(h: Harness) -> Verdict {
    let all = recipients(&h, 2);
    let message = h.message("Copies");
    let sent = h.mailer.send_batch(&message, &all, SendOptions::default());
    let report = sent.await?.all_accepted()?;
    for recipient in &all {
        let to = recipient.mailbox.address();
        let query = EventQuery::recipient(to.clone());
        let events = h.events(&query, 1).await?;
        let own = super::harness::message_id(&report, to)?;
        let known = |kind: &EventKind| matches!(kind, EventKind::Queued | EventKind::Sent);
        ensure!(
            events
                .iter()
                .any(|e| known(&e.kind) && e.message_id.as_ref() == Some(&own)),
            "no event says that {own} was taken on for {to}"
        );
    }
    Ok(())
}
