//! What is refused before anything is sent.

use bytes::Bytes;
use integrations_core::email::{
    AbTest, AbTestSupport, Attachment, EmailAddress, EmailMessage, Envelope, EventQuery, NewRoute,
    NewTemplate, NewTemplateVersion, Recipient, RouteAction, RouteMatch, SendOptions, StatsQuery,
    Suppression, SuppressionKind, SuppressionQuery, TemplateContent, TemplateRef, Tracking,
    Unsubscribe,
};
use integrations_core::time::TimeRange;
use integrations_core::{Effect, ErrorKind, PageRequest, Result};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::Harness;
use super::harness::whole;
use crate::requests::quietly;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

/// The answer must be `Unsupported`.
fn refused<T>(feature: &str, result: Result<T>) -> Verdict {
    match result {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            let effect = error.effect();
            ensure_eq!(effect, Effect::NotApplied, "the effect of {feature}");
            Ok(())
        }
        Err(error) => Err(Failure::new(format!(
            "{feature} is not declared: expected Unsupported, saw {error}"
        ))),
        Ok(_) => Err(Failure::new(format!(
            "{feature} is not declared, and the driver served it"
        ))),
    }
}

fn url(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| Failure::new(error.to_string()))
}

/// Messages that ask for what is not declared, each with its feature.
fn messages(h: &Harness) -> Result<Vec<(&'static str, EmailMessage)>, Failure> {
    let has = h.mailer.capabilities();
    let one = || h.message("Refused").with_to(h.address("refused"));
    let file = Attachment::new("a.txt", "text/plain", "a");
    let image = Attachment::inline("a.png", "image/png", "a", "a");
    let answers = one()
        .with_reply_to(h.address("a"))
        .with_reply_to(h.address("b"));
    let mut template = one().with_template(TemplateRef::new("any"));
    template.text = None;
    let click = Unsubscribe::one_click(url("https://example.org/u")?);
    let all = [
        ("attachments", has.attachments, one().with_attachment(file)),
        (
            "inline_images",
            has.inline_images,
            one().with_attachment(image),
        ),
        ("amp", has.amp, one().with_amp("<html amp4email>")),
        ("headers", has.headers, one().with_header("X-A", "b")),
        ("multiple_reply_to", has.multiple_reply_to, answers),
        ("tags", has.tags, one().with_tag("tag")),
        ("extra", has.extra, one().with_extra("a", "b")),
        ("metadata", has.metadata, one().with_metadata("a", "b")),
        ("merge_inline", has.merge_inline, one().with_merge("a", "b")),
        ("templates", has.templates, template),
        (
            "track_opens",
            has.track_opens,
            one().with_tracking(Tracking::opens(true)),
        ),
        (
            "track_clicks",
            has.track_clicks,
            one().with_tracking(Tracking::clicks(false)),
        ),
        (
            "list_unsubscribe",
            has.list_unsubscribe,
            one().with_unsubscribe(click),
        ),
        (
            "unsubscribe_groups",
            has.unsubscribe_groups,
            one().with_unsubscribe(Unsubscribe::group("news")),
        ),
        (
            "envelope_sender",
            has.envelope_sender,
            one().with_envelope_sender(h.address("bounces")),
        ),
    ];
    let undeclared = all.into_iter().filter(|(_, declared, _)| !declared);
    Ok(undeclared.map(|(feature, _, m)| (feature, m)).collect())
}

/// Whom the refused mail is to.
fn refused_one(h: &Harness) -> EmailAddress {
    h.address("refused")
}

pub(super) async fn what_is_not_declared_is_refused(h: Harness) -> Verdict {
    undeclared(&h).await?;
    if h.mailbox.is_some() {
        let arrived = h.arrived(&refused_one(&h)).await?;
        ensure_eq!(arrived, 0, "the mails that arrived");
    }
    Ok(())
}

pub(super) async fn refusing_what_is_not_declared_sends_nothing(h: Harness) -> Verdict {
    quietly(h.requests.as_ref(), mail(&h), undeclared(&h)).await
}

/// Sends a mail that is as it should be.
async fn mail(h: &Harness) -> Verdict {
    let message = h.message("Counted").with_to(h.address("counted"));
    // Whoever is refused by it: it was sent.
    h.mailer.send(&message).await.map(drop)?;
    Ok(())
}

/// Asks the driver for everything that it does not declare.
async fn undeclared(h: &Harness) -> Verdict {
    let (driver, has) = (h.mailer.provider(), h.mailer.capabilities());
    let now = SendOptions::default();
    let to = refused_one(h);
    let recipients = [Recipient::new(to.clone())];
    for (feature, message) in messages(h)? {
        refused(feature, driver.send(&message, &now).await)?;
        if has.batch {
            let mut message = message;
            message.to.clear();
            let sent = driver.send_batch(&message, &recipients, &now).await;
            refused(feature, sent)?;
        }
    }
    let message = h.message("Refused").with_to(to.clone());
    let later = SendOptions::at(Timestamp::now() + SignedDuration::from_hours(1));
    for (feature, declared, options) in [
        ("schedule", has.schedule, later),
        ("idempotency", has.idempotency, h.keyed("refused")?),
    ] {
        if !declared {
            refused(feature, driver.send(&message, &options).await)?;
        }
    }
    if !has.batch {
        let mut message = message.clone();
        message.to.clear();
        refused(
            "batch",
            driver.send_batch(&message, &recipients, &now).await,
        )?;
    }
    if !has.raw {
        let envelope = Envelope::new(h.from.address().clone(), vec![to.clone()]);
        let mime = Bytes::from_static(b"Subject: a\r\n\r\nb\r\n");
        refused("raw", driver.send_raw(&envelope, &mime, &now).await)?;
    }
    if !has.cancel_scheduled {
        let canceled = driver.cancel_scheduled(&"any".into()).await;
        refused("cancel_scheduled", canceled)?;
    }
    groups(h).await
}

/// What a group is there for and does not declare.
async fn groups(h: &Harness) -> Verdict {
    let (driver, has) = (h.mailer.provider(), h.mailer.capabilities());
    let page = PageRequest::default();
    let content = || TemplateContent::new("s").with_text("t");
    if let Some(store) = driver.templates() {
        if !has.template_versions {
            let new = NewTemplateVersion::new(content());
            let made = store.create_template_version(&"any".into(), &new).await;
            refused("template_versions", made)?;
            let id = "any".into();
            let active = store.activate_template_version(&"any".into(), &id).await;
            refused("template_versions", active)?;
        }
        if !has.template_preview {
            let any = TemplateRef::new("any");
            let seen = store.render_template(&any, &serde_json::Map::new()).await;
            refused("template_preview", seen)?;
        }
        if has.template_versions && !has.create_idempotency {
            let new = NewTemplateVersion::new(content()).with_key(h.key("v")?);
            let made = store.create_template_version(&"any".into(), &new).await;
            refused("create_idempotency", made)?;
        }
        if !has.create_idempotency {
            let new = NewTemplate::new(h.name("keyed"), content()).with_key(h.key("t")?);
            refused("create_idempotency", store.create_template(&new).await)?;
        }
    }
    if let Some(routes) = driver.inbound()
        && !has.create_idempotency
    {
        let new = NewRoute::new(RouteMatch::Address(h.address("in")), RouteAction::Drop);
        let made = routes.create_route(&new.with_key(h.key("r")?)).await;
        refused("create_idempotency", made)?;
    }
    if let Some(tests) = driver.ab_tests() {
        let test = AbTest::new(h.name("keyed"))?
            .with_arm("a", 1, h.message("A"))?
            .with_arm("b", 1, h.message("B"))?;
        if has.ab_tests == AbTestSupport::Read {
            let (any, now) = ("any".into(), SendOptions::default());
            let to = [Recipient::new(h.address("refused"))];
            refused("create_ab_test", tests.create_ab_test(&test).await)?;
            let sent = tests.send_ab_test(&any, &to, &now).await;
            refused("send_ab_test", sent)?;
            let chosen = tests.choose_ab_winner(&any, "a").await;
            refused("choose_ab_winner", chosen)?;
        }
        if !has.create_idempotency {
            let made = tests.create_ab_test(&test.with_key(h.key("ab")?)).await;
            refused("create_idempotency", made)?;
        }
    }
    if let Some(validator) = driver.validation()
        && !has.validation_batch
    {
        let many = ["a@b.org".to_owned()];
        refused(
            "validation_batch",
            validator.validate_addresses(&many).await,
        )?;
    }
    if let Some(lists) = driver.suppressions() {
        if !has.unsubscribe_groups {
            let of_group = SuppressionQuery::group("news");
            let listed = lists.list_suppressions(&of_group, &page).await;
            refused("unsubscribe_groups", listed)?;
        }
        for kind in SuppressionKind::ALL {
            if !has.suppression_adds.contains(&kind) {
                let entry = Suppression::new(h.address("entry"), kind);
                refused("suppression_adds", lists.add_suppression(&entry).await)?;
            }
        }
    }
    if let Some(analytics) = driver.analytics() {
        let now = Timestamp::now();
        let range = TimeRange::new(now - SignedDuration::from_hours(1), now)?;
        let total = StatsQuery::total(range);
        if !has.stats {
            refused("stats", analytics.stats(&total).await)?;
        }
        if !has.stats_by_tag {
            let tagged = total.with_tag("tag");
            refused("stats_by_tag", analytics.stats(&tagged).await)?;
        }
        if !has.events {
            let query = EventQuery::default();
            refused("events", analytics.list_events(&query, &page).await)?;
        }
    }
    Ok(())
}

pub(super) async fn groups_are_there_as_declared(h: Harness) -> Verdict {
    let (driver, has) = (h.mailer.provider(), h.mailer.capabilities());
    for (group, there, declared) in [
        ("templates", driver.templates().is_some(), has.templates),
        (
            "suppressions",
            driver.suppressions().is_some(),
            has.suppressions,
        ),
        (
            "analytics",
            driver.analytics().is_some(),
            has.stats || has.events,
        ),
        ("validation", driver.validation().is_some(), has.validation),
        ("inbound", driver.inbound().is_some(), has.inbound_routes),
        (
            "ab_tests",
            driver.ab_tests().is_some(),
            has.ab_tests != AbTestSupport::None,
        ),
    ] {
        ensure_eq!(there, declared, "whether the driver has the group {group}");
    }
    let page = PageRequest::default;
    let query = SuppressionQuery::default();
    if !has.templates {
        refused("templates", whole(h.mailer.list_templates(page())).await)?;
    }
    if !has.suppressions {
        let list = h.mailer.list_suppressions(query, page());
        refused("suppressions", whole(list).await)?;
    }
    if !has.events {
        let list = h.mailer.events(EventQuery::default(), page());
        refused("events", whole(list).await)?;
    }
    if !has.validation {
        refused("validation", h.mailer.validate_address("a@b.org").await)?;
    }
    if !has.inbound_routes {
        refused("inbound_routes", whole(h.mailer.list_routes(page())).await)?;
    }
    if has.ab_tests == AbTestSupport::None {
        refused("ab_tests", whole(h.mailer.list_ab_tests(page())).await)?;
    }
    Ok(())
}

pub(super) async fn wrong_messages_are_refused(h: Harness) -> Verdict {
    wrong_messages(&h).await?;
    nobody_got_any(&h).await
}

pub(super) async fn refusing_wrong_messages_sends_nothing(h: Harness) -> Verdict {
    quietly(h.requests.as_ref(), mail(&h), wrong_messages(&h)).await
}

/// Whom the wrong mail is to, or would be.
const WRONG: [&str; 3] = ["wrong", "good", "named"];

/// Of the wrong messages and batches, as far as somebody can look.
async fn nobody_got_any(h: &Harness) -> Verdict {
    if h.mailbox.is_some() {
        for name in WRONG {
            let arrived = h.arrived(&h.address(name)).await?;
            ensure_eq!(arrived, 0, "the mails that arrived for {name}");
        }
    }
    Ok(())
}

/// Asks the handle to send what cannot be.
async fn wrong_messages(h: &Harness) -> Verdict {
    let has = h.mailer.capabilities().clone();
    let to = h.address("wrong");
    let one = || h.message("Wrong").with_to(to.clone());
    let mut wrong = vec![
        h.message("No recipient"),
        EmailMessage::new(h.from.clone(), "No body").with_to(to.clone()),
        h.message("a\r\nBcc: eve@example.org").with_to(to.clone()),
        h.message("a\nb").with_to(to.clone()),
        h.message(&"s".repeat(1_000)).with_to(to.clone()),
    ];
    // Addresses as a provider might list them, never checked.
    for evil in [
        format!("{to}\r\nBcc: eve@example.org"),
        format!("{to}>\r\nX-Evil: 1"),
        "no address".into(),
    ] {
        let evil = EmailAddress::from_provider(evil);
        wrong.push(h.message("To").with_to(evil.clone()));
        wrong.push(one().with_cc(evil.clone()));
        wrong.push(one().with_bcc(evil.clone()));
        wrong.push(one().with_reply_to(evil));
    }
    if has.headers {
        for (name, value) in [
            ("X-A", "b\r\nBcc: eve@example.org"),
            ("X-A\r\nBcc: eve@example.org\r\nX-B", "c"),
            ("X A", "b"),
            ("", "b"),
            ("Bcc", "eve@example.org"),
            ("From", "eve@example.org"),
            ("Content-Type", "text/html"),
        ] {
            wrong.push(one().with_header(name, value));
        }
    }
    if has.attachments {
        for (name, kind) in [
            ("a\r\nX-Evil: 1", "text/plain"),
            ("../../etc/passwd", "text/plain"),
            ("", "text/plain"),
            ("a.txt", "text/plain\r\nX-Evil: 1"),
            ("a.txt", "text"),
        ] {
            wrong.push(one().with_attachment(Attachment::new(name, kind, "x")));
        }
    }
    if has.inline_images {
        let image = |id: &str| Attachment::inline("a.png", "image/png", "x", id);
        wrong.push(one().with_attachment(image("a>\r\nX-Evil: 1")));
        wrong.push(
            one()
                .with_attachment(image("a"))
                .with_attachment(image("a")),
        );
    }
    if has.tags {
        wrong.push(one().with_tag("a\r\nb"));
        wrong.push(one().with_tag(" "));
    }
    if let (true, Some(most)) = (has.tags, has.max_tags) {
        wrong.push((0..=most).fold(one(), |m, n| m.with_tag(format!("t{n}"))));
    }
    if has.metadata {
        wrong.push(one().with_metadata("a b", "c"));
        wrong.push(one().with_metadata("a", "b\r\nc"));
    }
    if has.list_unsubscribe {
        let plain = Unsubscribe::one_click(url("http://example.org/u")?);
        wrong.push(one().with_unsubscribe(plain));
    }
    if let Some(most) = has.max_recipients {
        let address = |n: usize| h.address(&format!("m{n}"));
        wrong.push((0..=most).fold(h.message("Many"), |m, n| m.with_to(address(n))));
    }
    for message in wrong {
        let sent = h.mailer.send(&message).await;
        ensure_kind!(sent, InvalidInput, "{message:?}");
    }
    Ok(())
}

pub(super) async fn wrong_batches_are_refused(h: Harness) -> Verdict {
    wrong_batches(&h).await?;
    nobody_got_any(&h).await
}

pub(super) async fn refusing_wrong_batches_sends_nothing(h: Harness) -> Verdict {
    quietly(h.requests.as_ref(), mail(&h), wrong_batches(&h)).await
}

/// Asks the handle for batches with something wrong anywhere.
async fn wrong_batches(h: &Harness) -> Verdict {
    let options = SendOptions::default;
    let evil = EmailAddress::from_provider("a@example.org\r\nBcc: eve@example.org");
    let good = Recipient::new(h.address("good"));
    let message = h.message("Batch");
    let named = message.clone().with_to(h.address("named"));
    let mut wrong = vec![
        (message.clone(), vec![]),
        (named, vec![good.clone()]),
        (message.clone(), vec![good.clone(), Recipient::new(evil)]),
    ];
    if h.mailer.capabilities().headers {
        let evil = good.clone().with_header("X-A", "b\r\nBcc: eve@example.org");
        wrong.push((message, vec![good, evil]));
    }
    for (message, recipients) in wrong {
        let sent = h.mailer.send_batch(&message, &recipients, options()).await;
        ensure_kind!(sent, InvalidInput, "a batch to {recipients:?}");
    }
    Ok(())
}

pub(super) async fn an_error_names_provider_and_operation(h: Harness) -> Verdict {
    let error = ensure_kind!(
        h.mailer.send(&h.message("Nobody")).await,
        InvalidInput,
        "a message to nobody"
    );
    let name = h.mailer.provider().descriptor().name.clone();
    ensure_eq!(error.provider(), Some(name.as_ref()), "the provider");
    ensure_eq!(error.operation(), Some("send"), "the operation");
    let effect = error.effect();
    ensure_eq!(effect, Effect::NotApplied, "the effect of a refusal");
    let text = error.to_string();
    ensure!(!text.contains('\n'), "the message has lines: {text:?}");
    Ok(())
}

pub(super) async fn connecting_twice_is_harmless(h: Harness) -> Verdict {
    let provider = h.mailer.provider();
    provider.connect().await?;
    provider.connect().await?;
    let health = provider.check_health().await;
    ensure!(health.healthy, "not healthy: {:?}", health.detail);
    ensure_eq!(provider.status().last_error, None, "the last error");
    Ok(())
}
