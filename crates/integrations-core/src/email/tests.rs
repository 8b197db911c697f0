//! What holds for all models: kept, they read back whole; logged, they tell nothing.
#![allow(clippy::unwrap_used)] // Helpers of tests, which clippy does not take for tests.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;

/// What must not be in a log.
const CANARY: &str = "c4n4ry";

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap()
}

/// A message with the canary wherever a caller can put text.
fn message() -> EmailMessage {
    let word = |field: &str| format!("{field} {CANARY}");
    let ana = || mailbox(&format!("Ana {CANARY} <{CANARY}@example.org>"));
    EmailMessage::new(ana(), word("subject"))
        .with_to(ana())
        .with_cc(ana())
        .with_bcc(ana())
        .with_reply_to(ana())
        .with_text(word("text"))
        .with_html(word("html"))
        .with_amp(word("amp"))
        .with_attachment(Attachment::new(word("file"), "text/plain", word("bytes")))
        .with_attachment(Attachment::inline(
            "a.png",
            "image/png",
            vec![0, 159, 255],
            CANARY,
        ))
        .with_header("X-A", word("header"))
        .with_tag(word("tag"))
        .with_metadata("a", word("metadata"))
        .with_merge("name", word("merge"))
        .with_extra("a", word("extra"))
        .with_envelope_sender(ana().address().clone())
}

fn received() -> ReceivedMessage {
    let sent = message();
    let mut received = ReceivedMessage::new(format!("source {CANARY}"));
    received.from = Some(sent.from);
    received.to = sent.to;
    received.subject = Some(sent.subject);
    received.text = sent.text;
    received.html = sent.html;
    received.attachments = sent.attachments;
    received.headers = sent.headers;
    received.metadata = sent.metadata;
    received
}

fn content() -> TemplateContent {
    TemplateContent::new(CANARY)
        .with_text(CANARY)
        .with_html(CANARY)
}

fn recipient() -> Recipient {
    Recipient::new(mailbox(&format!("{CANARY}@example.org")))
        .with_merge("name", CANARY)
        .with_metadata("a", CANARY)
        .with_header("X-A", CANARY)
}

fn test() -> AbTest {
    let mut arm = message();
    (arm.to, arm.cc, arm.bcc) = (Vec::new(), Vec::new(), Vec::new());
    AbTest::new("t")
        .unwrap()
        .with_arm("a", 1, arm.clone())
        .unwrap()
        .with_arm("b", 1, arm)
        .unwrap()
        .with_key("create-1".parse().unwrap())
}

#[track_caller]
fn reads_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&json).unwrap();
    assert_eq!(read, *value, "{json}");
}

#[test]
fn what_is_kept_reads_back_with_its_files_and_keys() {
    reads_back(&message());
    reads_back(&received());
    reads_back(&test());
    reads_back(&recipient());
    let listed = EmailAddress::from_provider("no address");
    reads_back(&Suppression::new(listed.clone(), SuppressionKind::Invalid));
    reads_back(&RecipientResult::rejected(listed, RejectReason::Invalid));
    let report = AddressReport::new("a", AddressVerdict::Risky).with_reason(AddressReason::Typo);
    reads_back(&report.with_reason(AddressReason::Other("mailbox_full".into())));
}

#[test]
fn words_that_are_not_known_are_kept_as_they_are() {
    let read: AddressReason = serde_json::from_str("\"greylisted\"").unwrap();
    assert_eq!(read, AddressReason::Other("greylisted".into()));
    assert_eq!(serde_json::to_string(&read).unwrap(), "\"greylisted\"");
    let read: SuppressionKind = serde_json::from_str("\"greylist\"").unwrap();
    assert_eq!(read, SuppressionKind::Other("greylist".into()));
    reads_back(&SuppressionKind::Complaint);
    let known: AddressReason = serde_json::from_str("\"disposable\"").unwrap();
    assert_eq!(known, AddressReason::Disposable);
}

#[test]
fn debug_tells_nothing_of_what_a_message_says() {
    let rendered = RenderedTemplate::new(CANARY, Some(CANARY.into()), Some(CANARY.into()));
    let version = TemplateVersion::new("t", "v", content());
    let shown: [&dyn Debug; 10] = [
        &message(),
        &received(),
        &recipient(),
        &test(),
        &message().attachments,
        &content(),
        &rendered,
        &version,
        &NewTemplate::new("name", content()),
        &NewTemplateVersion::new(content()),
    ];
    for value in shown {
        let text = format!("{value:?} {value:#?}");
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[test]
fn an_event_that_is_logged_shows_neither_the_recipient_nor_what_is_theirs() {
    let mut event = EmailEvent::new("e-1", EventKind::Clicked, jiff::Timestamp::UNIX_EPOCH);
    event.message_id = Some("m-1".into());
    event.recipient = Some("canary@example.com".parse().unwrap());
    event.detail = Some("550 canary@example.com: no such mailbox".into());
    event.smtp = Some(SmtpReply::new(550).with_text("canary"));
    event.url = Some("https://shop.example/in?token=canary".parse().unwrap());
    event.user_agent = Some("canary".into());
    event.tags = vec!["canary".into()];
    event.metadata.insert("order".into(), "canary".into());
    event.raw = crate::Raw::from(serde_json::json!({ "email": "canary" }));
    let shown = format!("{event:?}");
    assert!(!shown.contains("canary"), "{shown}");
    for told in ["m-1", "Clicked", "550", "shop.example"] {
        assert!(shown.contains(told), "{shown}");
    }
}
