//! What the handle checks and makes up for, over a mock.
#![allow(clippy::unwrap_used)] // Helpers of tests, which clippy does not take for tests.

use std::sync::{Arc, Mutex};

use super::*;
use crate::email::{
    AbTest, AbTestSupport, EmailAddress, MockEmailProvider, NewRoute, NewTemplateVersion,
    Recipient, RecipientResult, RecipientStatus, RouteAction, RouteMatch, Suppression,
    SuppressionKind, TemplateContent, TemplatePatch,
};
use crate::integration::{Category, Descriptor};
use crate::{Effect, ErrorKind};

type Sent = Arc<Mutex<Vec<EmailMessage>>>;

/// A mailer over a provider that takes every message, except those to `bad@example.org`.
fn mailer(capabilities: EmailCapabilities) -> (Mailer, Sent) {
    let sent = Sent::default();
    let mut mock = MockEmailProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::EMAIL, "mock"));
    mock.expect_capabilities().return_const(capabilities);
    let log = sent.clone();
    mock.expect_send().returning(move |message, _| {
        let to = message.to.first().unwrap().address().clone();
        if to.as_str() == "bad@example.org" {
            return Err(Error::new(ErrorKind::PermissionDenied, "no"));
        }
        if to.as_str() == "lost@example.org" {
            return Err(Error::new(ErrorKind::Timeout, "no answer"));
        }
        log.lock().unwrap().push(message.clone());
        let result = RecipientResult::new(to, RecipientStatus::Queued);
        Ok(SendReport::new("m-1", vec![result]))
    });
    (Mailer::new(mock), sent)
}

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn message() -> EmailMessage {
    EmailMessage::new(address("shop@example.org"), "Hello {{name}}").with_text("Hello {{name}}")
}

async fn batch(mailer: &Mailer, recipients: &[Recipient]) -> Result<SendReport> {
    mailer
        .send_batch(&message(), recipients, SendOptions::default())
        .await
}

#[tokio::test]
async fn a_recipient_without_a_value_stops_a_batch_before_anything_is_sent() {
    let (mailer, sent) = mailer(EmailCapabilities::new());
    let recipients = [
        Recipient::new(address("a@example.org")).with_merge("name", "Ana"),
        Recipient::new(address("b@example.org")),
    ];
    let result = batch(&mailer, &recipients).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn so_does_one_whom_the_provider_would_send_the_braces() {
    let mut capabilities = EmailCapabilities::new();
    capabilities.merge_inline = true;
    let (mailer, sent) = mailer(capabilities);
    let ana = Recipient::new(address("a@example.org")).with_merge("name", "Ana");
    let recipients = [ana.clone(), Recipient::new(address("b@example.org"))];
    let result = batch(&mailer, &recipients).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(sent.lock().unwrap().is_empty());
    assert_eq!(batch(&mailer, &[ana]).await.unwrap().accepted(), 1);
    let text = sent.lock().unwrap().first().unwrap().text.clone();
    assert_eq!(text.as_deref(), Some("Hello Ana"));
}

#[tokio::test]
async fn without_any_value_braces_are_text() {
    let (mailer, sent) = mailer(EmailCapabilities::new());
    let message = message().with_to(address("a@example.org"));
    let report = mailer.send(&message).await.unwrap();
    assert_eq!(report.accepted(), 1);
    assert_eq!(sent.lock().unwrap().first(), Some(&message));
}

#[tokio::test]
async fn one_refusal_in_a_batch_leaves_the_others_results() {
    let (mailer, _) = mailer(EmailCapabilities::new());
    let recipients = ["a@example.org", "bad@example.org", "lost@example.org"]
        .map(|to| Recipient::new(address(to)));
    let result = batch(&mailer, &recipients).await;
    let statuses: Vec<_> = result.unwrap().recipients;
    let statuses: Vec<_> = statuses.iter().map(|r| r.status).collect();
    assert_eq!(
        statuses,
        [
            RecipientStatus::Queued,
            RecipientStatus::Failed,
            RecipientStatus::Unknown
        ]
    );
}

#[tokio::test]
async fn a_batch_fails_as_a_whole_only_when_nobody_can_have_got_it() {
    let (mailer, _) = mailer(EmailCapabilities::new());
    let bad = Recipient::new(address("bad@example.org"));
    let lost = Recipient::new(address("lost@example.org"));
    let whole = batch(&mailer, &[bad.clone(), bad.clone()]).await;
    assert_eq!(whole.unwrap_err().effect(), Effect::NotApplied);
    let part = batch(&mailer, &[bad, lost]).await;
    assert_eq!(part.unwrap().accepted(), 0);
}

#[tokio::test]
async fn an_address_from_a_list_cannot_start_a_header() {
    let (mailer, sent) = mailer(EmailCapabilities::new());
    let evil = || EmailAddress::from_provider("a@example.org\r\nBcc: eve@example.org");
    let ana = address("ana@example.org");
    for message in [
        message().with_to(evil()),
        message().with_to(ana.clone()).with_bcc(evil()),
        message().with_to(ana.clone()).with_reply_to(evil()),
        EmailMessage::new(evil(), "s").with_text("t").with_to(ana),
    ] {
        let error = mailer.send(&message).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let result = batch(&mailer, &[evil().into()]).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn every_recipient_of_a_test_is_checked_before_the_first_arm_is_sent() {
    let mut capabilities = EmailCapabilities::new();
    capabilities.tags = true;
    capabilities.headers = true;
    let (mailer, sent) = mailer(capabilities);
    let test = AbTest::new("t").unwrap();
    let test = test.with_arm("a", 1, message()).unwrap();
    let test = test.with_arm("b", 1, message()).unwrap();
    let mut recipients: Vec<Recipient> = (0..20)
        .map(|i| Recipient::new(address(&format!("user{i}@example.org"))))
        .collect();
    let evil = Recipient::new(address("z@example.org")).with_header("X-A", "b\r\nBcc: eve@x.org");
    recipients.push(evil);
    let result = mailer.send_ab(&test, &recipients, SendOptions::default());
    assert_eq!(result.await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_library_stands_in_for_stored_templates() {
    let (mailer, sent) = mailer(EmailCapabilities::new());
    let welcome = TemplateContent::new("Welcome").with_html("<p>{{name}}</p>");
    let library = TemplateLibrary::new().with("welcome", welcome).unwrap();
    let mailer = mailer
        .with_library(library)
        .with_sender(address("shop@example.org"));
    let mut data = MergeData::new();
    data.insert("name".into(), "<Ana>".into());
    let to = address("ana@example.org");
    let report = mailer.send_template(TemplateRef::new("welcome"), to.clone(), data);
    assert_eq!(report.await.unwrap().accepted(), 1);
    let missing = mailer.send_template(TemplateRef::new("other"), to, MergeData::new());
    assert_eq!(missing.await.unwrap_err().kind(), ErrorKind::NotFound);
    let sent = sent.lock().unwrap();
    assert_eq!(
        sent.first().unwrap().html.as_deref(),
        Some("<p>&lt;Ana&gt;</p>")
    );
}

#[tokio::test]
async fn a_lost_answer_says_how_to_find_out() {
    let lost = message().with_to(address("lost@example.org"));
    let mut capabilities = EmailCapabilities::new();
    capabilities.events = true;
    let (first, _) = mailer(capabilities.clone());
    let error = first.send(&lost).await.unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown);
    assert!(error.advice().contains("events"), "{error}");

    capabilities.idempotency = true;
    let (keyed, _) = mailer(capabilities);
    let options = SendOptions::default().with_key("order-1".parse().unwrap());
    let error = keyed.send_with(&lost, options).await.unwrap_err();
    assert!(error.advice().contains("order-1"), "{error}");
}

#[tokio::test]
async fn a_mock_can_answer_a_group() {
    let mut lists = crate::email::MockSuppressionStore::new();
    lists
        .expect_get_suppressions()
        .returning(|_| Ok(Vec::new()));
    let lists: &'static crate::email::MockSuppressionStore = Box::leak(Box::new(lists));
    let mut capabilities = EmailCapabilities::new();
    capabilities.suppressions = true;
    let mut mock = MockEmailProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::EMAIL, "mock"));
    mock.expect_capabilities().return_const(capabilities);
    mock.expect_suppressions().returning(move || Some(lists));
    let mailer = Mailer::new(mock);
    let entries = mailer.get_suppressions(&address("a@example.org")).await;
    assert!(entries.unwrap().is_empty());
    // What is not declared does not reach the mock, which would panic.
    let error = mailer.validate_address("a@example.org").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

/// A mailer over a provider with batches of one, whose answers are set by number.
fn batches(answer: impl Fn(usize, &Recipient) -> Result<SendReport> + Send + 'static) -> Mailer {
    let mut capabilities = EmailCapabilities::new();
    capabilities.batch = true;
    capabilities.tags = true;
    capabilities.merge_inline = true;
    capabilities.max_batch = Some(1);
    let mut mock = MockEmailProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::EMAIL, "mock"));
    mock.expect_capabilities().return_const(capabilities);
    let calls = std::sync::atomic::AtomicUsize::new(0);
    mock.expect_send_batch().returning(move |_, to, _| {
        let number = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        answer(number, to.first().unwrap())
    });
    Mailer::new(mock)
}

fn queued(number: usize, to: &Recipient) -> SendReport {
    let to = to.mailbox.address().clone();
    let result = RecipientResult::new(to, RecipientStatus::Queued);
    SendReport::new(format!("m-{number}"), vec![result])
}

#[tokio::test]
async fn an_answer_without_results_loses_nothing_that_was_sent() {
    let mailer = batches(|number, to| match number {
        1 => Ok(SendReport::new("m-1", Vec::new())),
        _ => Ok(queued(number, to)),
    });
    let all = ["a", "b", "c"].map(|n| Recipient::new(address(&format!("{n}@example.org"))));
    let report = batch(&mailer, &all).await.unwrap();
    let ids: Vec<_> = report.ids.iter().map(MessageId::as_str).collect();
    assert_eq!(ids, ["m-0", "m-1", "m-2"]);
    let statuses: Vec<_> = report.recipients.iter().map(|r| r.status).collect();
    let (queued, unknown) = (RecipientStatus::Queued, RecipientStatus::Unknown);
    assert_eq!(statuses, [queued, unknown, queued]);
}

#[tokio::test]
async fn an_arm_that_fails_leaves_the_report_of_the_arm_that_was_sent() {
    let mailer = batches(|number, to| match number {
        0 => Ok(queued(number, to)),
        _ => Err(Error::new(ErrorKind::Timeout, "no answer")),
    });
    let test = AbTest::new("t").unwrap();
    let test = test.with_arm("a", 1, message()).unwrap();
    let test = test.with_arm("b", 1, message()).unwrap();
    // One recipient of each arm.
    let of = |arm: &str| {
        (0..)
            .map(|n| address(&format!("user{n}@example.org")))
            .find(|to| test.assign(to).unwrap().name == arm)
    };
    let (first, second) = (of("a").unwrap(), of("b").unwrap());
    let recipients = [first.clone().into(), second.clone().into()];
    let sent = mailer.send_ab(&test, &recipients, SendOptions::default());
    let sent = sent.await.unwrap();
    let report = |arm: &str| sent.arms.get(arm).unwrap();
    assert_eq!(report("a").id().map(MessageId::as_str), Some("m-0"));
    let lost = report("b").of(&second).unwrap();
    assert_eq!(lost.status, RecipientStatus::Unknown);
}

/// A mailer over a mock that panics when anything reaches it.
fn untouched(change: impl FnOnce(&mut EmailCapabilities)) -> Mailer {
    let mut capabilities = EmailCapabilities::new();
    change(&mut capabilities);
    let mut mock = MockEmailProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::EMAIL, "mock"));
    mock.expect_capabilities().return_const(capabilities);
    let templates: &'static _ = Box::leak(Box::new(crate::email::MockTemplateStore::new()));
    let routes: &'static _ = Box::leak(Box::new(crate::email::MockInboundRoutes::new()));
    let lists: &'static _ = Box::leak(Box::new(crate::email::MockSuppressionStore::new()));
    let tests: &'static _ = Box::leak(Box::new(crate::email::MockAbTestProvider::new()));
    mock.expect_templates().returning(move || Some(templates));
    mock.expect_inbound().returning(move || Some(routes));
    mock.expect_suppressions().returning(move || Some(lists));
    mock.expect_ab_tests().returning(move || Some(tests));
    Mailer::new(mock)
}

#[tokio::test]
async fn an_id_that_names_nothing_or_a_header_does_not_reach_the_provider() {
    let mailer = untouched(|has| {
        has.templates = true;
        has.template_versions = true;
        has.template_preview = true;
        has.inbound_routes = true;
        has.cancel_scheduled = true;
        has.ab_tests = AbTestSupport::Run;
        has.suppressions = true;
    });
    for id in ["", " ", "a\r\nX-Evil: 1", "a\0"] {
        let data = MergeData::new();
        let store = NewTemplateVersion::new(TemplateContent::new("s").with_text("t"));
        let catch_all = NewRoute::new(RouteMatch::CatchAll, RouteAction::Store);
        let of = TemplateRef::new("a").with_version(id);
        let to = message().with_to(address("a@example.org"));
        let mut templated = to.clone().with_template(TemplateRef::new(id));
        templated.text = None;
        let patch = TemplatePatch::name("n");
        let listed = EmailAddress::from_provider(id);
        let complaints = SuppressionKind::Complaint;
        for result in [
            mailer.cancel_scheduled(&id.into()).await,
            mailer.delete_template(&id.into()).await,
            mailer.delete_route(&id.into()).await,
            mailer.get_template(&id.into()).await.map(drop),
            mailer.update_template(&id.into(), &patch).await.map(drop),
            mailer
                .create_template_version(&id.into(), &store)
                .await
                .map(drop),
            mailer
                .activate_template_version(&"a".into(), &id.into())
                .await
                .map(drop),
            mailer.render_template(of, &data).await.map(drop),
            mailer.send(&templated).await.map(drop),
            mailer.get_route(&id.into()).await.map(drop),
            mailer.update_route(&id.into(), &catch_all).await.map(drop),
            mailer.get_ab_test(&id.into()).await.map(drop),
            mailer.ab_test_results(&id.into()).await.map(drop),
            mailer.choose_ab_winner(&id.into(), "a").await.map(drop),
            mailer.choose_ab_winner(&"a".into(), id).await.map(drop),
            mailer.get_suppressions(&listed).await.map(drop),
            mailer.remove_suppression(&listed, complaints).await,
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{id:?} {error}");
        }
    }
}

#[tokio::test]
async fn words_of_one_provider_are_read_and_never_written() {
    let mailer = untouched(|has| {
        has.suppressions = true;
        has.inbound_routes = true;
    });
    let ana = address("ana@example.org");
    let other = SuppressionKind::Other("greylist".into());
    let removed = mailer.remove_suppression(&ana, other.clone()).await;
    assert_eq!(removed.unwrap_err().kind(), ErrorKind::Unsupported);
    let added = mailer.add_suppression(&Suppression::new(ana, other)).await;
    assert_eq!(added.unwrap_err().kind(), ErrorKind::Unsupported);
    let spool = RouteAction::Other("spool()".into());
    let route = NewRoute::new(RouteMatch::CatchAll, RouteAction::Store).with_action(spool);
    let replaced = mailer.update_route(&"r".into(), &route).await;
    assert_eq!(replaced.unwrap_err().kind(), ErrorKind::Unsupported);
    let mut none = NewRoute::new(RouteMatch::CatchAll, RouteAction::Drop);
    let both = none.clone().with_action(RouteAction::Store);
    none.actions.clear();
    for route in [none, both] {
        let made = mailer.create_route(&route).await;
        assert_eq!(made.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[tokio::test]
async fn tests_that_are_only_read_are_not_made_or_sent() {
    let mailer = untouched(|has| has.ab_tests = AbTestSupport::Read);
    let test = AbTest::new("t").unwrap();
    let test = test.with_arm("a", 1, message()).unwrap();
    let test = test.with_arm("b", 1, message()).unwrap();
    let to = [address("a@example.org").into()];
    for result in [
        mailer.create_ab_test(&test).await.map(drop),
        mailer
            .send_ab_test(&"t".into(), &to, SendOptions::default())
            .await
            .map(drop),
        mailer.choose_ab_winner(&"t".into(), "a").await.map(drop),
    ] {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unsupported);
    }
}

/// A validator that takes two at a time, answers in another order, forgets one, and fails for some.
struct Judges;

#[async_trait::async_trait]
impl crate::email::AddressValidator for Judges {
    async fn validate_address(&self, _: &str) -> Result<crate::email::AddressReport> {
        Err(Error::unsupported("one at a time"))
    }

    async fn validate_addresses(
        &self,
        addresses: &[String],
    ) -> Result<Vec<crate::email::AddressReport>> {
        use crate::email::{AddressReport, AddressVerdict};
        assert!(addresses.len() <= 2);
        if addresses.iter().any(|one| one.starts_with("broken")) {
            return Err(Error::new(ErrorKind::Unavailable, "not now"));
        }
        let known = addresses
            .iter()
            .rev()
            .filter(|one| !one.starts_with("lost"));
        Ok(known
            .map(|one| AddressReport::new(one, AddressVerdict::Valid))
            .collect())
    }
}

#[tokio::test]
async fn many_addresses_go_in_calls_of_the_providers_size_and_come_back_in_order() {
    use crate::email::AddressVerdict;
    let mut capabilities = EmailCapabilities::new();
    capabilities.validation = true;
    capabilities.validation_batch = true;
    capabilities.max_validation_batch = Some(2);
    let mut mock = MockEmailProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::EMAIL, "mock"));
    mock.expect_capabilities().return_const(capabilities);
    mock.expect_validation()
        .returning(|| Some(&Judges as &'static dyn crate::email::AddressValidator));
    let mailer = Mailer::new(mock);
    let asked = [
        "a@b.org",
        "c@d.org",
        "e@f.org",
        "lost@f.org",
        "broken@f.org",
        "g@h.org",
    ];
    let seen = mailer.validate_addresses(&asked).await;
    assert_eq!(seen.len(), asked.len());
    for (report, address) in seen.iter().zip(asked) {
        match report {
            Ok(report) => {
                assert_eq!(report.address, address);
                let lost = report.verdict == AddressVerdict::Unknown;
                assert_eq!(lost, address == "lost@f.org");
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable);
                assert_eq!(error.operation(), Some("validate_addresses"));
                assert!(["broken@f.org", "g@h.org"].contains(&address));
            }
        }
    }
    assert_eq!(seen.iter().filter(|report| report.is_err()).count(), 2);
}
