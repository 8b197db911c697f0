//! Tests of variants.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use integrations_core::PageRequest;
use integrations_core::email::{
    AbArmReport, AbReport, AbSend, AbTest, EventKind, EventQuery, Recipient, SendOptions,
    StatsQuery,
};
use integrations_core::time::TimeRange;
use jiff::{SignedDuration, Timestamp};

use super::Harness;
use super::harness::whole;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

fn test(h: &Harness, name: &str) -> Result<AbTest, Failure> {
    Ok(AbTest::new(h.name(name))?
        .with_arm("plain", 1, h.message("Plain"))?
        .with_arm("question", 1, h.message("Question?"))?)
}

fn recipients(h: &Harness, count: usize) -> Vec<Recipient> {
    (0..count)
        .map(|number| Recipient::new(h.address(&format!("r{number}"))))
        .collect()
}

fn subject(arm: &str) -> &'static str {
    if arm == "plain" { "Plain" } else { "Question?" }
}

/// Everybody is in one arm, and got what that arm sends.
async fn got_their_arm(h: &Harness, sent: &AbSend, all: &[Recipient]) -> Verdict {
    let results: usize = sent.arms.values().map(|r| r.recipients.len()).sum();
    ensure_eq!(results, all.len(), "the number of results");
    for recipient in all {
        let to = recipient.mailbox.address();
        let Some(arm) = sent.arm_of(to) else {
            return Err(Failure::new(format!("{to} is in no arm")));
        };
        let mail = h.only(to).await?;
        let wanted = Some(subject(arm));
        ensure_eq!(mail.subject.as_deref(), wanted, "what {to} got");
    }
    Ok(())
}

pub(super) async fn everybody_gets_the_variant_of_their_arm(h: Harness) -> Verdict {
    let (test, all) = (test(&h, "arms")?, recipients(&h, 12));
    let sent = h
        .mailer
        .send_ab(&test, &all, SendOptions::default())
        .await?;
    got_their_arm(&h, &sent, &all).await?;
    for recipient in &all {
        let to = recipient.mailbox.address();
        let wanted = test.assign(to)?.name.as_str();
        ensure_eq!(sent.arm_of(to), Some(wanted), "the arm of {to}");
    }
    Ok(())
}

pub(super) async fn arms_are_counted_apart(h: Harness) -> Verdict {
    let (test, all) = (test(&h, "count")?, recipients(&h, 12));
    let sent = h
        .mailer
        .send_ab(&test, &all, SendOptions::default())
        .await?;
    let (now, day) = (Timestamp::now(), SignedDuration::from_hours(24));
    let range = TimeRange::new(now - day, now + day)?;
    for (arm, report) in &sent.arms {
        // Counts may come later than the sends.
        let query = StatsQuery::total(range).with_tag(test.tag(arm));
        let started = std::time::Instant::now();
        while h.mailer.stats(&query).await?.is_empty() && started.elapsed() < h.patience {
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        }
        let seen = h.mailer.ab_report(&test, range).await?;
        let wanted = report.recipients.len() as u64;
        ensure_eq!(counted(&seen, arm), wanted, "the sends of the arm {arm}");
    }
    Ok(())
}

fn counted(report: &AbReport, arm: &str) -> u64 {
    let count = |arm: &AbArmReport| {
        arm.count(&EventKind::Queued)
            .max(arm.count(&EventKind::Sent))
    };
    report.arm(arm).map_or(0, count)
}

pub(super) async fn messages_of_an_arm_carry_its_tag(h: Harness) -> Verdict {
    let (test, all) = (test(&h, "tags")?, recipients(&h, 4));
    let sent = h
        .mailer
        .send_ab(&test, &all, SendOptions::default())
        .await?;
    for recipient in &all {
        let to = recipient.mailbox.address();
        let events = h.events(&EventQuery::recipient(to.clone()), 1).await?;
        let Some(event) = events.first() else {
            return Err(Failure::new("a recipient has no event"));
        };
        let tag = test.tag(sent.arm_of(to).unwrap_or_default());
        ensure!(
            event.tags.contains(&tag),
            "{tag} is not in {:?}",
            event.tags
        );
    }
    Ok(())
}

pub(super) async fn a_kept_test_reads_back(h: Harness) -> Verdict {
    let test = test(&h, "kept")?;
    let made = h.mailer.create_ab_test(&test).await?;
    let read = h.mailer.get_ab_test(&made.id).await?;
    ensure_eq!(read.name, test.name, "the name");
    let arms: BTreeMap<_, _> = read.arms.iter().cloned().collect();
    let wanted = [("plain".to_owned(), 1), ("question".to_owned(), 1)].into();
    ensure_eq!(arms, wanted, "the arms");
    ensure_eq!(read.winner, None, "the winner of a new test");
    let other = h.mailer.create_ab_test(&self::test(&h, "other")?).await?;
    let small = PageRequest::with_limit(NonZeroU32::MIN);
    let all = whole(h.mailer.list_ab_tests(small)).await?;
    for id in [&made.id, &other.id] {
        let times = all.iter().filter(|info| info.id == *id).count();
        ensure_eq!(times, 1, "how often {id} is listed");
    }
    let none = h.mailer.get_ab_test(&"no-such-test".into()).await;
    ensure_kind!(none, NotFound, "reading an unknown test");
    Ok(())
}

pub(super) async fn a_kept_test_sends_and_counts(h: Harness) -> Verdict {
    let all = recipients(&h, 12);
    let made = h.mailer.create_ab_test(&test(&h, "sends")?).await?;
    let sent = h
        .mailer
        .send_ab_test(&made.id, &all, SendOptions::default());
    let sent = sent.await?;
    got_their_arm(&h, &sent, &all).await?;
    let results = h.mailer.ab_test_results(&made.id).await?;
    for (arm, report) in &sent.arms {
        let wanted = report.recipients.len() as u64;
        ensure_eq!(counted(&results, arm), wanted, "the sends of the arm {arm}");
    }
    Ok(())
}

pub(super) async fn everybody_gets_the_winner(h: Harness) -> Verdict {
    let all = recipients(&h, 8);
    let made = h.mailer.create_ab_test(&test(&h, "winner")?).await?;
    let none = h.mailer.choose_ab_winner(&made.id, "no-such-arm").await;
    ensure_kind!(none, NotFound, "choosing an unknown arm");
    let chosen = h.mailer.choose_ab_winner(&made.id, "question").await?;
    ensure_eq!(chosen.winner.as_deref(), Some("question"), "the winner");
    let sent = h
        .mailer
        .send_ab_test(&made.id, &all, SendOptions::default());
    let sent = sent.await?;
    got_their_arm(&h, &sent, &all).await?;
    let arms: Vec<&str> = sent.arms.keys().map(String::as_str).collect();
    ensure_eq!(arms, ["question"], "the arms that were sent");
    h.mailer.choose_ab_winner(&made.id, "question").await?;
    let other = h.mailer.choose_ab_winner(&made.id, "plain").await;
    ensure_kind!(other, Conflict, "choosing another winner");
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_send_of_a_test(h: Harness) -> Verdict {
    let all = recipients(&h, 4);
    let made = h.mailer.create_ab_test(&test(&h, "once")?).await?;
    for _ in 0..2 {
        let sent = h.mailer.send_ab_test(&made.id, &all, h.keyed("send")?);
        ensure!(!sent.await?.arms.is_empty(), "no arm was sent");
    }
    for recipient in &all {
        let arrived = h.arrived(recipient.mailbox.address()).await?;
        ensure_eq!(arrived, 1, "the mails that arrived");
    }
    Ok(())
}
