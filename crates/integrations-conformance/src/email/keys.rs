//! A key is one send.

use futures::future::join_all;

use super::Harness;
use crate::{Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn the_same_key_twice_sends_one_mail(h: Harness) -> Verdict {
    let to = h.address("once");
    let message = h.message("Once").with_to(to.clone());
    let first = h.send_with(&message, h.keyed("send")?).await?;
    let second = h.send_with(&message, h.keyed("send")?).await?;
    ensure_eq!(second.id(), first.id(), "the id of the second answer");
    ensure_eq!(
        second.recipients.len(),
        1,
        "the results of the second answer"
    );
    ensure_eq!(h.arrived(&to).await?, 1, "the mails that arrived");
    Ok(())
}

pub(super) async fn another_key_sends_another_mail(h: Harness) -> Verdict {
    let to = h.address("twice");
    let message = h.message("Twice").with_to(to.clone());
    h.send_with(&message, h.keyed("one")?).await?;
    h.send_with(&message, h.keyed("two")?).await?;
    // And without a key each call is a send of its own.
    h.send(&message).await?;
    h.send(&message).await?;
    ensure_eq!(h.mails(&to, 4).await?.len(), 4, "the mails that arrived");
    Ok(())
}

pub(super) async fn the_same_key_at_the_same_time_sends_one_mail(h: Harness) -> Verdict {
    let to = h.address("race");
    let message = h.message("Race").with_to(to.clone());
    let options = h.keyed("race")?;
    let sends = (0..8).map(|_| h.mailer.send_with(&message, options.clone()));
    let results = join_all(sends).await;
    // A provider may ask those who came second to come again.
    ensure!(results.iter().any(Result::is_ok), "no send succeeded");
    ensure_eq!(h.arrived(&to).await?, 1, "the mails that arrived");
    Ok(())
}

pub(super) async fn the_same_key_with_another_message_is_refused(h: Harness) -> Verdict {
    let (to, other) = (h.address("first"), h.address("other"));
    let message = h.message("First").with_to(to);
    h.send_with(&message, h.keyed("reused")?).await?;
    let message = h.message("Second").with_to(other.clone());
    let again = h.mailer.send_with(&message, h.keyed("reused")?).await;
    ensure_kind!(again, Conflict, "a key that was used for another message");
    ensure_eq!(h.arrived(&other).await?, 0, "the mails that arrived");
    Ok(())
}
