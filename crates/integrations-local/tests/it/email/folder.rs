//! What the folder promises: whole files that other programs read, and nothing lost or doubled by
//! a crash.

use std::fs;
use std::path::Path;
use std::time::Duration;

use integrations_core::email::{
    Attachment, EmailMessage, EmailProvider, Mailbox, Mailer, MessageId, NewRoute, RouteAction,
    RouteMatch, SendOptions, Suppression, SuppressionKind,
};
use integrations_core::{ErrorKind, PageRequest};
use integrations_local::email::LocalMailer;
use jiff::{SignedDuration, Timestamp};

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap()
}

fn message(subject: &str) -> EmailMessage {
    EmailMessage::new(mailbox("Shop <shop@example.org>"), subject)
        .with_to(mailbox("Ana <ana@example.com>"))
        .with_text("Hello")
}

async fn open(folder: &Path) -> (LocalMailer, Mailer) {
    let local = LocalMailer::open(folder).await.unwrap();
    (local.clone(), local.into())
}

fn files(folder: &Path, shelf: &str) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder.join(shelf))
        .map(|all| {
            all.map(|file| file.unwrap().file_name().into_string().unwrap())
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

#[tokio::test]
async fn everything_is_there_when_the_folder_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let key = SendOptions::default().with_key("k".parse().unwrap());
    let gone = mailbox("gone@example.com").address().clone();
    let id = {
        let (_, mailer) = open(folder.path()).await;
        let report = mailer
            .send_with(&message("Kept"), key.clone())
            .await
            .unwrap();
        let entry = Suppression::new(gone.clone(), SuppressionKind::Block);
        mailer.add_suppression(&entry).await.unwrap();
        let route = NewRoute::new(RouteMatch::CatchAll, RouteAction::Store);
        mailer.create_route(&route).await.unwrap();
        report.id().cloned().unwrap()
    };
    let (local, mailer) = open(folder.path()).await;
    let outbox = local.outbox().await.unwrap();
    let subjects: Vec<_> = outbox
        .iter()
        .map(|m| m.message.subject.as_deref())
        .collect();
    assert_eq!(subjects, [Some("Kept")]);
    // The key is remembered, so a retry after the restart sends nothing.
    let report = mailer.send_with(&message("Kept"), key).await.unwrap();
    assert_eq!(report.id(), Some(&id));
    assert_eq!(local.outbox().await.unwrap().len(), 1);
    assert_eq!(mailer.get_suppressions(&gone).await.unwrap().len(), 1);
    let routes = mailer.list_routes(PageRequest::default()).all().await;
    assert_eq!(routes.unwrap().len(), 1);
}

#[tokio::test]
async fn a_scheduled_mail_survives_and_goes_out_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = Timestamp::now() + SignedDuration::from_hours(1);
    {
        let (_, mailer) = open(folder.path()).await;
        let sent = mailer
            .send_with(&message("Later"), SendOptions::at(at))
            .await;
        assert_eq!(sent.unwrap().accepted(), 1);
    }
    assert_eq!(files(folder.path(), "outbox"), [""; 0]);
    assert_eq!(files(folder.path(), "scheduled").len(), 1);
    let (local, _) = open(folder.path()).await;
    local.advance(Duration::from_secs(3601)).await.unwrap();
    assert_eq!(files(folder.path(), "scheduled"), [""; 0]);
    let outbox = local.outbox().await.unwrap();
    assert_eq!(outbox.len(), 1);
    let mail = outbox.first().unwrap();
    assert_eq!(mail.sent_at, at);
    // RFC 5322 dates have whole seconds.
    let date = jiff::fmt::rfc2822::parse(mail.message.header("Date").unwrap()).unwrap();
    assert_eq!(date.timestamp().as_second(), at.as_second());
}

#[tokio::test]
async fn who_is_suppressed_before_the_time_does_not_get_a_scheduled_mail() {
    let local = LocalMailer::in_memory();
    let mailer = Mailer::new(local.clone());
    let at = Timestamp::now() + SignedDuration::from_hours(1);
    let later = message("Later").with_cc(mailbox("cc@example.com"));
    let sent = mailer.send_with(&later, SendOptions::at(at)).await.unwrap();
    assert_eq!(sent.accepted(), 2);
    let ana = mailbox("ana@example.com").address().clone();
    let entry = Suppression::new(ana.clone(), SuppressionKind::Complaint);
    mailer.add_suppression(&entry).await.unwrap();
    local.advance(Duration::from_secs(3601)).await.unwrap();
    assert!(local.mailbox(&ana).await.unwrap().is_empty());
    let cc = mailbox("cc@example.com").address().clone();
    assert_eq!(local.mailbox(&cc).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_mail_whose_send_was_never_answered_is_not_there_and_can_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let key = SendOptions::default().with_key("k".parse().unwrap());
    {
        let (_, mailer) = open(folder.path()).await;
        let sent = mailer.send(&message("First")).await.unwrap();
        assert_eq!(sent.accepted(), 1);
    }
    // The program ends after the message was written and in the middle of the journal's line.
    let journal = folder.path().join("mail.jsonl");
    let whole = fs::read(&journal).unwrap();
    {
        let (_, mailer) = open(folder.path()).await;
        let sent = mailer.send_with(&message("Second"), key.clone()).await;
        assert_eq!(sent.unwrap().accepted(), 1);
    }
    let longer = fs::read(&journal).unwrap();
    for end in [whole.len(), whole.len() + 1, longer.len() - 1] {
        let copy = tempfile::tempdir().unwrap();
        for name in files(folder.path(), "outbox") {
            let to = copy.path().join("outbox");
            fs::create_dir_all(&to).unwrap();
            fs::copy(folder.path().join("outbox").join(&name), to.join(&name)).unwrap();
        }
        fs::write(copy.path().join("mail.jsonl"), longer.get(..end).unwrap()).unwrap();
        fs::write(copy.path().join("outbox/.tmp-cut"), "From: half").unwrap();
        fs::write(copy.path().join("outbox/mine.eml"), "From: me").unwrap();
        let (local, mailer) = open(copy.path()).await;
        assert_eq!(local.outbox().await.unwrap().len(), 1, "cut at {end}");
        let sent = mailer.send_with(&message("Second"), key.clone()).await;
        assert_eq!(sent.unwrap().accepted(), 1);
        let outbox = local.outbox().await.unwrap();
        let subjects: Vec<_> = outbox
            .iter()
            .map(|m| m.message.subject.as_deref())
            .collect();
        assert_eq!(subjects, [Some("First"), Some("Second")], "cut at {end}");
        let names = files(copy.path(), "outbox");
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(names.contains(&"mine.eml".into()), "{names:?}");
    }
}

#[tokio::test]
async fn damage_in_the_middle_is_an_error_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    {
        let (_, mailer) = open(folder.path()).await;
        for subject in ["One", "Two"] {
            let sent = mailer.send(&message(subject)).await.unwrap();
            assert_eq!(sent.accepted(), 1);
        }
    }
    let journal = folder.path().join("mail.jsonl");
    let mut bytes = fs::read(&journal).unwrap();
    *bytes.get_mut(20).unwrap() ^= 1;
    fs::write(&journal, &bytes).unwrap();
    let error = LocalMailer::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(fs::read(&journal).unwrap(), bytes);
    assert_eq!(files(folder.path(), "outbox").len(), 2);
}

#[tokio::test]
async fn a_folder_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let (_local, _mailer) = open(folder.path()).await;
    let error = LocalMailer::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn what_cannot_be_written_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (local, mailer) = open(folder.path()).await;
    // A file where the outbox should be: no message can be put there.
    fs::remove_dir(folder.path().join("outbox")).unwrap();
    fs::write(folder.path().join("outbox"), "").unwrap();
    let error = mailer.send(&message("Lost")).await.unwrap_err();
    assert_eq!(error.effect(), integrations_core::Effect::NotApplied);
    fs::remove_file(folder.path().join("outbox")).unwrap();
    assert!(local.outbox().await.unwrap().is_empty());
    let events = mailer.events(Default::default(), PageRequest::default());
    assert!(events.all().await.unwrap().is_empty());
    let sent = mailer.send(&message("Sent")).await.unwrap();
    assert_eq!(sent.accepted(), 1);
    assert_eq!(local.outbox().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_route_keeps_or_lets_go_what_comes_in() {
    let local = LocalMailer::in_memory();
    let mailer = Mailer::new(local.clone());
    let to = |name: &str| mailbox(&format!("{name}@example.org")).address().clone();
    let url: url::Url = "http://localhost:8080/mail".parse().unwrap();
    for (name, action) in [
        ("keep", RouteAction::Store),
        ("post", RouteAction::Webhook(url.clone())),
        ("drop", RouteAction::Drop),
    ] {
        let route = NewRoute::new(RouteMatch::Address(to(name)), action);
        mailer.create_route(&route).await.unwrap();
    }
    for name in ["keep", "post", "drop", "nobody"] {
        let mime = "From: eva@example.com\r\nSubject: Hi\r\n\r\nHello\r\n";
        let route = local.receive(&to(name), mime).await.unwrap();
        assert_eq!(route.is_some(), name != "nobody");
    }
    let inbox = local.inbox().await.unwrap();
    let seen: Vec<_> = inbox
        .iter()
        .map(|m| (m.to.clone(), m.actions.clone()))
        .collect();
    assert_eq!(
        seen,
        [
            (to("keep"), vec![RouteAction::Store]),
            (to("post"), vec![RouteAction::Webhook(url)])
        ]
    );
    let text = inbox.first().unwrap().message.text.as_deref();
    assert_eq!(text, Some("Hello"));
    let error = local.receive(&to("keep"), "no mail").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_canceled_batch_is_canceled_whole() {
    let local = LocalMailer::in_memory();
    let mailer = Mailer::new(local.clone());
    let mut batch = message("Batch");
    batch.to.clear();
    let at = Timestamp::now() + SignedDuration::from_hours(1);
    let all = ["a", "b"].map(|n| mailbox(&format!("{n}@example.com")).into());
    let report = mailer.send_batch(&batch, &all, SendOptions::at(at)).await;
    let report = report.unwrap();
    assert_eq!(local.scheduled().await.unwrap().len(), 2);
    mailer.cancel_scheduled(report.id().unwrap()).await.unwrap();
    assert!(local.scheduled().await.unwrap().is_empty());
    mailer.cancel_scheduled(report.id().unwrap()).await.unwrap();
    let none = local.cancel_scheduled(&MessageId::new("none")).await;
    assert_eq!(none.unwrap_err().kind(), ErrorKind::NotFound);
}

/// Python's standard library reads the files: a third implementation, after the builder and the
/// parser of this crate.
#[tokio::test]
async fn another_programs_parser_reads_the_files() {
    const READ: &str = r#"
import email, email.policy, json, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
part = lambda kind: m.get_body((kind,)).get_content().strip()
print(json.dumps({
    "defects": [str(d) for p in m.walk() for d in p.defects],
    "from": [[a.display_name, a.addr_spec] for a in m["From"].addresses],
    "to": [[a.display_name, a.addr_spec] for a in m["To"].addresses],
    "subject": m["Subject"], "bcc": m["Bcc"], "repeated": m.get_all("X-Repeated"),
    "text": part("plain"), "html": part("html"),
    "files": [[a.get_filename(), a.get_content_type(), a.get_content().hex()]
              for a in m.iter_attachments()],
    "ids": [p["Content-ID"] for p in m.walk() if p["Content-ID"]],
}))"#;
    let folder = tempfile::tempdir().unwrap();
    let (_local, mailer) = open(folder.path()).await;
    let to = mailbox("ana@example.com")
        .with_name("Zoë, \"東京\"")
        .unwrap();
    let message = EmailMessage::new(mailbox("Shop <shop@example.org>"), "Grüße 東京 ".repeat(9))
        .with_to(to)
        .with_bcc(mailbox("hidden@example.com"))
        .with_text("Grüße\n.\nFrom here")
        .with_html("<p>Grüße <img src=\"cid:logo\"></p>")
        .with_header("X-Repeated", "one")
        .with_header("X-Repeated", "zwei Grüße")
        .with_attachment(Attachment::inline(
            "l.png",
            "image/png",
            &b"\x89\x00"[..],
            "logo",
        ))
        .with_attachment(Attachment::new(
            "Übersicht.bin",
            "application/x-any",
            &b"\r\n\x00"[..],
        ));
    let report = mailer.send(&message).await.unwrap();
    let file = format!("outbox/{}.eml", report.id().unwrap());
    let python = std::process::Command::new("python3")
        .args(["-c", READ])
        .arg(folder.path().join(file))
        .output();
    let output = match python {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: python3 cannot be run: {error}");
            return;
        }
    };
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = serde_json::json!({
        "defects": [],
        "from": [["Shop", "shop@example.org"]],
        "to": [["Zoë, \"東京\"", "ana@example.com"]],
        "subject": "Grüße 東京 ".repeat(9),
        "bcc": null,
        "repeated": ["one", "zwei Grüße"],
        "text": "Grüße\n.\nFrom here",
        "html": "<p>Grüße <img src=\"cid:logo\"></p>",
        "files": [["Übersicht.bin", "application/x-any", "0d0a00"]],
        "ids": ["<logo>"],
    });
    assert_eq!(seen, expected);
}
