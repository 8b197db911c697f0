//! Who gets nothing more.

use std::num::NonZeroU32;

use integrations_core::PageRequest;
use integrations_core::email::{
    RecipientStatus, Suppression, SuppressionKind, SuppressionList, SuppressionQuery, Unsubscribe,
};

use super::Harness;
use super::harness::{Happening, whole};
use crate::{Failure, Verdict, ensure, ensure_eq};

/// A kind that can be added by hand.
pub(super) fn addable(h: &Harness) -> Result<SuppressionKind, Failure> {
    let kinds = &h.mailer.capabilities().suppression_adds;
    let first = kinds.first().cloned();
    first.ok_or_else(|| Failure::new("no kind of suppression can be added"))
}

pub(super) async fn a_suppressed_recipient_gets_nothing_and_the_others_do(h: Harness) -> Verdict {
    let (gone, other) = (h.address("gone"), h.address("other"));
    for kind in h.mailer.capabilities().suppression_adds.clone() {
        let entry = Suppression::new(gone.clone(), kind.clone());
        h.mailer.add_suppression(&entry).await?;
        let message = h.message("Suppressed").with_to(gone.clone());
        let report = h.mailer.send(&message.with_cc(other.clone())).await?;
        let of = |address| report.of(address).map(|result| result.status);
        let status = of(&gone);
        ensure_eq!(status, Some(RecipientStatus::Rejected), "the suppressed");
        let accepted = of(&other).is_some_and(RecipientStatus::is_accepted);
        ensure!(accepted, "the other recipient is {:?}", of(&other));
        let reason = report.of(&gone).and_then(|r| r.reject_reason.clone());
        let wanted = Some(kind.reject_reason());
        ensure_eq!(
            reason,
            wanted,
            "why somebody on the list {kind:?} is rejected"
        );
        h.mailer.remove_suppression(&gone, kind).await?;
    }
    ensure_eq!(h.arrived(&gone).await?, 0, "the mails to the suppressed");
    ensure!(
        !h.mails(&other, 1).await?.is_empty(),
        "the other got nothing"
    );
    Ok(())
}

pub(super) async fn the_case_of_an_address_does_not_matter(h: Harness) -> Verdict {
    let (gone, kind) = (h.address("case"), addable(&h)?);
    let upper = integrations_core::email::EmailAddress::new(gone.as_str().to_uppercase())?;
    h.mailer
        .add_suppression(&Suppression::new(upper.clone(), kind))
        .await?;
    let entries = h.mailer.get_suppressions(&gone).await?;
    ensure_eq!(entries.len(), 1, "the entries of the address");
    let report = h.mailer.send(&h.message("Case").with_to(gone)).await?;
    ensure_eq!(report.accepted(), 0, "the recipients that were accepted");
    Ok(())
}

pub(super) async fn a_suppression_reads_back(h: Harness) -> Verdict {
    let address = h.address("entry");
    for kind in h.mailer.capabilities().suppression_adds.clone() {
        let entry = Suppression::new(address.clone(), kind.clone());
        h.mailer.add_suppression(&entry).await?;
        let entries = h.mailer.get_suppressions(&address).await?;
        let found = entries.iter().filter(|entry| entry.kind == kind).count();
        ensure_eq!(found, 1, "the entries of kind {kind:?}");
        // Once more replaces it.
        h.mailer.add_suppression(&entry).await?;
        let entries = h.mailer.get_suppressions(&address).await?;
        let found = entries.iter().filter(|entry| entry.kind == kind).count();
        ensure_eq!(
            found,
            1,
            "the entries of kind {kind:?} after adding it twice"
        );
    }
    let none = h.mailer.get_suppressions(&h.address("nobody")).await?;
    ensure!(
        none.is_empty(),
        "an address that is on no list has {none:?}"
    );
    Ok(())
}

pub(super) async fn every_suppression_is_listed_once(h: Harness) -> Verdict {
    let kind = addable(&h)?;
    let addresses: Vec<_> = (0..5).map(|n| h.address(&format!("s{n}"))).collect();
    for address in &addresses {
        let entry = Suppression::new(address.clone(), kind.clone());
        h.mailer.add_suppression(&entry).await?;
    }
    let small = PageRequest::with_limit(NonZeroU32::MIN);
    let list = h
        .mailer
        .list_suppressions(SuppressionQuery::kind(kind), small);
    let all = whole(list).await?;
    for address in &addresses {
        let times = all.iter().filter(|e| e.address.is_same(address)).count();
        ensure_eq!(times, 1, "how often {address} is listed");
    }
    Ok(())
}

pub(super) async fn a_list_of_one_kind_has_no_other(h: Harness) -> Verdict {
    let kinds = h.mailer.capabilities().suppression_adds.clone();
    for kind in &kinds {
        let entry = Suppression::new(h.address(kind.as_str()), kind.clone());
        h.mailer.add_suppression(&entry).await?;
    }
    for kind in &kinds {
        let query = SuppressionQuery::kind(kind.clone());
        let list = h.mailer.list_suppressions(query, PageRequest::default());
        let all = whole(list).await?;
        let other = all.iter().find(|entry| entry.kind != kind.clone());
        ensure_eq!(other, None, "an entry of another kind than {kind:?}");
        let own = h.address(kind.as_str());
        ensure!(
            all.iter().any(|entry| entry.address.is_same(&own)),
            "{own} is not on the list {kind:?}"
        );
    }
    Ok(())
}

pub(super) async fn a_list_of_one_group_has_no_other(h: Harness) -> Verdict {
    let (news, offers) = (h.name("news"), h.name("offers"));
    let entry = |who: &str| Suppression::new(h.address(who), SuppressionKind::Unsubscribe);
    for entry in [
        entry("one").with_group(news.clone()),
        entry("two").with_group(news.clone()),
        entry("three").with_group(offers),
        entry("four"),
    ] {
        h.mailer.add_suppression(&entry).await?;
    }
    let small = PageRequest::with_limit(NonZeroU32::MIN);
    let list = h
        .mailer
        .list_suppressions(SuppressionQuery::group(news), small);
    let all = whole(list).await?;
    let mut seen: Vec<_> = all.iter().map(|entry| entry.address.normalized()).collect();
    seen.sort();
    let mut wanted = ["one", "two"].map(|who| h.address(who).normalized());
    wanted.sort();
    ensure_eq!(seen, wanted, "who is on the list of the group");
    Ok(())
}

pub(super) async fn who_is_taken_off_gets_mail_again(h: Harness) -> Verdict {
    let (address, kind) = (h.address("back"), addable(&h)?);
    let entry = Suppression::new(address.clone(), kind.clone());
    h.mailer.add_suppression(&entry).await?;
    h.mailer.remove_suppression(&address, kind).await?;
    let entries = h.mailer.get_suppressions(&address).await?;
    ensure!(entries.is_empty(), "the address has {entries:?}");
    h.send(&h.message("Back").with_to(address.clone())).await?;
    h.only(&address).await?;
    Ok(())
}

pub(super) async fn taking_off_who_is_not_there_succeeds(h: Harness) -> Verdict {
    let kind = addable(&h)?;
    let nobody = h.address("nobody");
    h.mailer.remove_suppression(&nobody, kind).await?;
    Ok(())
}

pub(super) async fn an_unsubscribe_from_a_group_is_for_that_group(h: Harness) -> Verdict {
    let address = h.address("group");
    let entry = Suppression::new(address.clone(), SuppressionKind::Unsubscribe);
    let entry = entry.with_group(h.name("news"));
    h.mailer.add_suppression(&entry).await?;
    let news = Unsubscribe::group(h.name("news"));
    let offers = Unsubscribe::group(h.name("offers"));
    let message = |subject: &str| h.message(subject).with_to(address.clone());
    let report = h
        .mailer
        .send(&message("News").with_unsubscribe(news))
        .await?;
    ensure_eq!(report.accepted(), 0, "who gets mail of the group");
    h.send(&message("Offers").with_unsubscribe(offers)).await?;
    h.send(&message("Order")).await?;
    let mails = h.mails(&address, 2).await?;
    let mut subjects: Vec<_> = mails.iter().filter_map(|m| m.subject.as_deref()).collect();
    subjects.sort_unstable();
    ensure_eq!(subjects, ["Offers", "Order"], "what arrived");
    Ok(())
}

pub(super) async fn who_is_taken_off_a_group_stays_on_the_others(h: Harness) -> Verdict {
    let address = h.address("groups");
    let (news, offers) = (h.name("news"), h.name("offers"));
    for group in [&news, &offers] {
        let entry = Suppression::new(address.clone(), SuppressionKind::Unsubscribe);
        h.mailer
            .add_suppression(&entry.with_group(group.clone()))
            .await?;
    }
    let list = SuppressionList::group(news);
    h.mailer.remove_suppression(&address, list).await?;
    let left = h.mailer.get_suppressions(&address).await?;
    let left: Vec<_> = left.into_iter().filter_map(|entry| entry.group).collect();
    ensure_eq!(left, [offers], "the groups that are left");
    Ok(())
}

pub(super) async fn who_bounced_is_suppressed(h: Harness) -> Verdict {
    let address = h.address("bounced");
    let message = h.message("Bounce").with_to(address.clone());
    let report = h.send(&message).await?;
    h.happens(&report, &address, Happening::Bounce).await?;
    let entries = h.mailer.get_suppressions(&address).await?;
    let found = |kind| entries.iter().any(|entry| entry.kind == kind);
    ensure!(
        found(SuppressionKind::Bounce),
        "the address has {entries:?}"
    );
    let report = h.mailer.send(&message).await?;
    ensure_eq!(report.accepted(), 0, "who gets mail after a bounce");
    Ok(())
}

pub(super) async fn who_complained_is_suppressed(h: Harness) -> Verdict {
    let address = h.address("complained");
    let message = h.message("Complaint").with_to(address.clone());
    let report = h.send(&message).await?;
    h.happens(&report, &address, Happening::Complaint).await?;
    let report = h.mailer.send(&message).await?;
    ensure_eq!(report.accepted(), 0, "who gets mail after a complaint");
    Ok(())
}
