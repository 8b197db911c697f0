//! Routes for mail that comes in.

use std::num::NonZeroU32;

use bytes::Bytes;
use integrations_core::PageRequest;
use integrations_core::email::{EmailAddress, NewRoute, RouteAction, RouteMatch};

use super::Harness;
use super::harness::{plain, whole};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

fn forward(h: &Harness, from: &str, to: &str) -> NewRoute {
    let matches = RouteMatch::Address(h.address(from));
    NewRoute::new(matches, RouteAction::Forward(h.address(to)))
}

fn mail(h: &Harness, to: &EmailAddress) -> Bytes {
    format!(
        "From: Eva <{}>\r\nTo: {to}\r\nSubject: Question\r\n\r\nIs it there?\r\n",
        h.address("eva")
    )
    .into()
}

pub(super) async fn a_route_reads_back(h: Harness) -> Verdict {
    let new = forward(&h, "in", "out").with_priority(7);
    let new = new.with_description("Forwards to the office");
    let made = h.mailer.create_route(&new).await?;
    let read = h.mailer.get_route(&made.id).await?;
    for route in [&made, &read] {
        ensure_eq!(route.matches, new.matches, "what it matches");
        ensure_eq!(route.actions, new.actions, "what it does");
        ensure_eq!(route.priority, 7, "its priority");
        ensure_eq!(route.description, new.description, "its description");
    }
    Ok(())
}

pub(super) async fn a_route_keeps_all_its_actions(h: Harness) -> Verdict {
    let second = RouteAction::Forward(h.address("second"));
    let new = forward(&h, "several", "first").with_action(second);
    let made = h.mailer.create_route(&new).await?;
    let read = h.mailer.get_route(&made.id).await?;
    for route in [&made, &read] {
        ensure_eq!(route.actions, new.actions, "what it does");
    }
    Ok(())
}

pub(super) async fn a_route_can_be_replaced(h: Harness) -> Verdict {
    let made = h.mailer.create_route(&forward(&h, "in", "out")).await?;
    let other = forward(&h, "in", "elsewhere").with_priority(3);
    let changed = h.mailer.update_route(&made.id, &other).await?;
    ensure_eq!(changed.id, made.id, "the id after a change");
    let read = h.mailer.get_route(&made.id).await?;
    ensure_eq!(read.actions, other.actions, "what it does");
    ensure_eq!(read.priority, 3, "its priority");
    Ok(())
}

pub(super) async fn a_deleted_route_is_gone(h: Harness) -> Verdict {
    let made = h.mailer.create_route(&forward(&h, "in", "out")).await?;
    h.mailer.delete_route(&made.id).await?;
    let read = h.mailer.get_route(&made.id).await;
    ensure_kind!(read, NotFound, "reading a deleted route");
    h.mailer.delete_route(&made.id).await?;
    let other = forward(&h, "in", "out");
    let changed = h.mailer.update_route(&made.id, &other).await;
    ensure_kind!(changed, NotFound, "changing a deleted route");
    let found = h.mailer.match_address(&h.address("in")).await?;
    let id = found.map(|route| route.id);
    ensure!(id != Some(made.id), "mail still takes the deleted route");
    Ok(())
}

pub(super) async fn every_route_is_listed_once_in_its_order(h: Harness) -> Verdict {
    let mut made = Vec::new();
    for priority in [30, 10, 20, 40] {
        let new = forward(&h, &format!("p{priority}"), "out").with_priority(priority);
        made.push((priority, h.mailer.create_route(&new).await?.id));
    }
    made.sort();
    let small = PageRequest::with_limit(NonZeroU32::MIN);
    let all = whole(h.mailer.list_routes(small)).await?;
    let ours = all.into_iter().map(|route| route.id);
    let seen: Vec<_> = ours
        .filter(|id| made.iter().any(|(_, m)| m == id))
        .collect();
    let wanted: Vec<_> = made.into_iter().map(|(_, id)| id).collect();
    ensure_eq!(seen, wanted, "the routes");
    Ok(())
}

pub(super) async fn the_first_route_by_priority_takes_the_mail(h: Harness) -> Verdict {
    let late = forward(&h, "in", "late").with_priority(9);
    h.mailer.create_route(&late).await?;
    let early = forward(&h, "in", "early").with_priority(1);
    let early = h.mailer.create_route(&early).await?;
    let upper = EmailAddress::new(h.address("in").as_str().to_uppercase())?;
    for address in [h.address("in"), upper] {
        let found = h.mailer.match_address(&address).await?;
        let id = found.map(|route| route.id);
        ensure_eq!(id.as_ref(), Some(&early.id), "the route of {address}");
    }
    Ok(())
}

pub(super) async fn mail_that_comes_in_is_forwarded(h: Harness) -> Verdict {
    let Some(deliver) = &h.deliver else {
        return Err(Failure::new("there is no hook `deliver`"));
    };
    h.mailer.create_route(&forward(&h, "in", "out")).await?;
    let to = h.address("in");
    deliver(to.clone(), mail(&h, &to)).await?;
    let seen = h.only(&h.address("out")).await?;
    ensure_eq!(seen.subject.as_deref(), Some("Question"), "the subject");
    ensure_eq!(plain(seen.text.as_deref()), "Is it there?", "the text");
    let from = seen.from.map(|from| from.address().clone());
    ensure_eq!(from, Some(h.address("eva")), "the sender");
    Ok(())
}

pub(super) async fn mail_that_is_dropped_goes_nowhere(h: Harness) -> Verdict {
    let Some(deliver) = &h.deliver else {
        return Err(Failure::new("there is no hook `deliver`"));
    };
    let to = h.address("in");
    let drop = NewRoute::new(RouteMatch::Address(to.clone()), RouteAction::Drop);
    h.mailer.create_route(&drop.with_priority(1)).await?;
    let later = forward(&h, "in", "out").with_priority(2);
    h.mailer.create_route(&later).await?;
    deliver(to.clone(), mail(&h, &to)).await?;
    let arrived = h.arrived(&h.address("out")).await?;
    ensure_eq!(arrived, 0, "the mails behind a route that drops");
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_route(h: Harness) -> Verdict {
    let new = forward(&h, "in", "out").with_key(h.key("route")?);
    let first = h.mailer.create_route(&new).await?;
    let second = h.mailer.create_route(&new).await?;
    ensure_eq!(second.id, first.id, "the id of the second answer");
    Ok(())
}
