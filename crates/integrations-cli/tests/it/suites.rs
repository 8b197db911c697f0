//! `conformance NAME` over folders in which somebody has things already: nothing of the suite's is
//! left, and what was there is as it was.

use std::collections::BTreeMap;
use std::path::Path;

use futures::TryStreamExt;
use integrations::PageRequest;
use integrations::email::{
    EmailMessage, Mailbox, Mailer, NewRoute, NewTemplate, RouteAction, RouteMatch, SendOptions,
    Suppression, SuppressionKind, SuppressionQuery, TemplateContent,
};
use integrations::local::email::LocalMailer;
use integrations::local::storage::LocalStorage;
use integrations::local::video::LocalMeetings;
use integrations::storage::{ObjectKey, PutOptions, Storage};
use integrations::time::EventTime;
use integrations::video::{Meetings, NewMeeting, NewWebinar};
use serde_json::Value;

use crate::{configure, run, stderr, stdout};

/// Runs the suite of an embedded provider whose folder is `data`; what it reports.
fn suite(folder: &tempfile::TempDir, provider: &str) -> Value {
    configure(
        folder,
        &format!("[mine]\nprovider = \"{provider}\"\npath = \"data\"\n"),
    );
    let output = run(folder.path(), &["--json", "conformance", "mine"]);
    assert!(
        output.status.success(),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    let reports: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let report = reports[0].clone();
    assert_eq!(report["failed"], 0, "{report}");
    report
}

/// What became of a behaviour.
fn outcome<'a>(report: &'a Value, name: &str) -> &'a Value {
    let all = report["behaviours"].as_array().unwrap();
    let row = all.iter().find(|row| row["name"] == name);
    &row.unwrap_or_else(|| panic!("no {name} in {report}"))["outcome"]
}

/// The files of a folder and of those in it, with what is in them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    files
}

#[test]
fn requests_of_every_embedded_provider_are_counted() {
    const OF_MOST: &[&str] = &[
        "refusing_what_is_not_declared_sends_nothing",
        "refusing_wrong_input_sends_nothing",
    ];
    const OF_EMAIL: &[&str] = &[
        "refusing_what_is_not_declared_sends_nothing",
        "refusing_wrong_messages_sends_nothing",
        "refusing_wrong_batches_sends_nothing",
    ];
    for (provider, counting) in [
        ("local_calendar", OF_MOST),
        ("local_payment", OF_MOST),
        ("local_video", OF_MOST),
        ("local_email", OF_EMAIL),
        ("local_storage", OF_MOST),
        // The other one needs a user, who signs in with a browser.
        ("local_auth", &OF_MOST[1..]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let report = suite(&folder, provider);
        for name in counting {
            assert_eq!(outcome(&report, name), "passed", "{provider}: {name}");
        }
    }
}

#[tokio::test]
async fn meetings_of_a_suite_are_gone_and_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    {
        let meetings = Meetings::new(LocalMeetings::open(&data).await.unwrap());
        let start = EventTime::zoned("2030-05-06T09:00".parse().unwrap(), "Europe/Berlin");
        let new = NewMeeting::scheduled("conformance of our rooms", start.clone(), 30);
        meetings.create_meeting(new).await.unwrap();
        let held = NewMeeting::instant("conformance, now");
        meetings.create_meeting(held).await.unwrap();
        let webinar = NewWebinar::new("conformance for all", start, 60);
        meetings.webinars().unwrap().create(webinar).await.unwrap();
    }
    let account = || -> Value {
        let text = std::fs::read(data.join("meetings.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let before = account();
    assert_eq!(before["meetings"].as_object().unwrap().len(), 2);
    let report = suite(&folder, "local_video");
    assert_eq!(outcome(&report, "a_meeting_can_begin_at_once"), "passed");
    assert_eq!(
        outcome(&report, "a_webinar_is_made_changed_and_cancelled"),
        "passed"
    );
    let after = account();
    assert_eq!(after["meetings"], before["meetings"]);
    assert_eq!(after["webinars"], before["webinars"]);
}

/// What a mailer keeps, but for the mails that went out.
async fn kept(data: &Path) -> (String, String, String, String) {
    let local = LocalMailer::open(data).await.unwrap();
    let mailer = Mailer::new(local.clone());
    let first = PageRequest::default;
    let templates: Vec<_> = mailer.list_templates(first()).try_collect().await.unwrap();
    let query = SuppressionQuery::default();
    let list = mailer.list_suppressions(query, first());
    let suppressions: Vec<_> = list.try_collect().await.unwrap();
    let routes: Vec<_> = mailer.list_routes(first()).try_collect().await.unwrap();
    let scheduled = local.scheduled().await.unwrap();
    (
        serde_json::to_string(&templates).unwrap(),
        serde_json::to_string(&suppressions).unwrap(),
        serde_json::to_string(&routes).unwrap(),
        format!("{scheduled:?}"),
    )
}

#[tokio::test]
async fn what_a_suite_made_at_a_mailer_is_gone_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    {
        let mailer = Mailer::new(LocalMailer::open(&data).await.unwrap());
        let content = TemplateContent::new("Hello").with_text("Hello {{name}}");
        let template = NewTemplate::new("conformance-welcome", content);
        mailer.create_template(&template).await.unwrap();
        let blocked = "blocked@conformance.example".parse().unwrap();
        let entry = Suppression::new(blocked, SuppressionKind::Unsubscribe);
        mailer.add_suppression(&entry).await.unwrap();
        let address = "in@conformance.example".parse().unwrap();
        let route = NewRoute::new(RouteMatch::Address(address), RouteAction::Store);
        mailer.create_route(&route).await.unwrap();
        let from: Mailbox = "ada@example.org".parse().unwrap();
        let to: Mailbox = "grace@example.org".parse().unwrap();
        let later = EmailMessage::new(from, "Later")
            .with_to(to)
            .with_text("Later.");
        let at = "2031-01-01T00:00:00Z".parse().unwrap();
        let sent = mailer.send_with(&later, SendOptions::at(at)).await;
        assert_eq!(sent.unwrap().accepted(), 1);
    }
    let before = kept(&data).await;
    for part in [&before.0, &before.1, &before.2, &before.3] {
        assert_ne!(part, "[]", "the user has something of each");
    }
    let report = suite(&folder, "local_email");
    for name in [
        "a_template_reads_back",
        "a_suppression_reads_back",
        "a_route_reads_back",
    ] {
        assert_eq!(outcome(&report, name), "passed", "{name}");
    }
    assert_eq!(kept(&data).await, before);
}

#[tokio::test]
async fn objects_of_a_suite_are_gone_to_the_last_byte_and_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    {
        let storage = Storage::new(LocalStorage::open(&data).await.unwrap());
        for (key, text) in [("conformance/a.txt", "mine"), ("z", "mine too")] {
            let key = ObjectKey::new(key).unwrap();
            let options = PutOptions::default()
                .with_content_type("text/plain")
                .with_metadata("of", "ada")
                .with_tag("team", "blue");
            storage.put(&key, text, options).await.unwrap();
        }
    }
    let before = files(&data);
    assert!(before.len() >= 4, "{:?}", before.keys());
    let report = suite(&folder, "local_storage");
    assert_eq!(outcome(&report, "a_large_stream_is_stored"), "passed");
    assert_eq!(files(&data), before);
}
