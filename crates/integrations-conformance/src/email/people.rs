//! Who gets a message, and who sees whom.

use integrations_core::email::{EmailAddress, ReceivedMessage};

use super::Harness;
use crate::{Verdict, ensure, ensure_eq};

fn addresses(list: &[integrations_core::email::Mailbox]) -> Vec<EmailAddress> {
    list.iter().map(|m| m.address().clone()).collect()
}

fn mentions(mail: &ReceivedMessage, who: &EmailAddress) -> bool {
    let source = String::from_utf8_lossy(&mail.source).to_lowercase();
    source.contains(&who.normalized())
}

pub(super) async fn to_and_cc_get_it_and_see_each_other(h: Harness) -> Verdict {
    let [one, two, copy, other] = ["one", "two", "copy", "other"].map(|name| h.address(name));
    let message = h.message("Everybody");
    let message = message.with_to(one.clone()).with_to(two.clone());
    let message = message.with_cc(copy.clone()).with_cc(other.clone());
    h.send(&message).await?;
    for who in [&one, &two, &copy, &other] {
        let mail = h.only(who).await?;
        ensure_eq!(addresses(&mail.to), [one.clone(), two.clone()], "to");
        ensure_eq!(addresses(&mail.cc), [copy.clone(), other.clone()], "cc");
    }
    Ok(())
}

pub(super) async fn bcc_gets_it_and_nobody_sees_it(h: Harness) -> Verdict {
    let [open, copy, hidden] = ["open", "copy", "hidden"].map(|name| h.address(name));
    let message = h.message("Secret").with_to(open.clone());
    let message = message.with_cc(copy.clone()).with_bcc(hidden.clone());
    h.send(&message).await?;
    for who in [&open, &copy, &hidden] {
        let mail = h.only(who).await?;
        ensure_eq!(mail.header("Bcc"), None, "the Bcc header of {who}'s mail");
        // A receiving server may say for whom a copy came, in that copy.
        let seen = who != &hidden && mentions(&mail, &hidden);
        ensure!(!seen, "the mail to {who} names the hidden recipient");
        ensure_eq!(addresses(&mail.to), vec![open.clone()], "to");
    }
    Ok(())
}

pub(super) async fn names_are_shown(h: Harness) -> Verdict {
    let to = h.address("named");
    let mailbox = integrations_core::email::Mailbox::new(to.clone());
    let mailbox = mailbox.with_name(r#"Silva, Ana "AS" <sales>"#)?;
    h.send(&h.message("Names").with_to(mailbox.clone())).await?;
    let mail = h.only(&to).await?;
    ensure_eq!(mail.to, [mailbox], "to");
    Ok(())
}

pub(super) async fn every_recipient_has_a_result_in_order(h: Harness) -> Verdict {
    let [to, second, copy, hidden] = ["to", "second", "copy", "hidden"].map(|n| h.address(n));
    let message = h
        .message("Results")
        .with_to(to.clone())
        .with_to(second.clone());
    let message = message.with_cc(copy.clone()).with_bcc(hidden.clone());
    let report = h.mailer.send(&message).await?;
    let seen: Vec<_> = report
        .recipients
        .iter()
        .map(|r| r.address.clone())
        .collect();
    ensure_eq!(seen, [to, second, copy, hidden], "whose results there are");
    for result in &report.recipients {
        ensure!(
            result.status.is_accepted(),
            "{} is {:?}",
            result.address,
            result.status
        );
    }
    Ok(())
}

pub(super) async fn every_send_has_an_id_of_its_own(h: Harness) -> Verdict {
    let message = h.message("Ids").with_to(h.address("ids"));
    let (first, second) = (h.send(&message).await?, h.send(&message).await?);
    ensure!(first.id().is_some(), "a send has no id");
    ensure!(
        first.id() != second.id(),
        "two sends have the id {:?}",
        first.id()
    );
    Ok(())
}
