//! Folders that earlier versions wrote are read, and those of later versions are left alone.

use std::path::Path;

use integrations_core::calendar::{AclRole, Calendar, CalendarPatch};
use integrations_core::email::{AbTestId, Mailer, MessageId, RouteAction, SendOptions};
use integrations_core::video::{Meetings, WebinarId};
use integrations_core::{ErrorKind, ExposeSecret, IdempotencyKey, Integration};
use integrations_local::calendar::LocalCalendar;
use integrations_local::email::LocalMailer;
use integrations_local::video::LocalMeetings;

/// A line of the journal around its JSON.
fn line(json: &str) -> String {
    format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
}

/// The journal as the first version wrote it: a route had one action, mail that came in too, and
/// the files of a test were beside its messages.
fn first_journal(folder: &Path) {
    let address = "\"ana@example.com\"";
    let route = format!(
        r#"{{"id":"rt_0000000001","matches":{{"kind":"address","value":{address}}},
        "action":{{"kind":"store"}},"priority":5,"description":null,
        "created_at":"2026-01-01T00:00:00Z","raw":null}}"#
    );
    let message = r#"{"from":{"name":null,"address":"shop@example.org"},"reply_to":[],"to":[],
        "cc":[],"bcc":[],"subject":"Variant","text":"Hello","html":null,"amp":null,
        "attachments":[{"file_name":"a.txt","content_type":"text/plain",
        "disposition":{"kind":"attachment"}}],
        "headers":[],"tags":[],"metadata":{},"template":null,"merge_data":{},
        "tracking":{"opens":null,"clicks":null},"unsubscribe":null,"unsubscribe_group":null,
        "envelope_sender":null}"#;
    let arm = |name: &str| format!(r#"{{"name":"{name}","weight":1,"message":{message}}}"#);
    let lines = [
        format!(
            r#"{{"sequence":1,"changes":[{{"route":["rt_0000000001",{route}]}},
            {{"key":["route:again",{{"request":[7,7],"outcome":{route}}}]}}]}}"#
        ),
        format!(
            r#"{{"sequence":2,"changes":[{{"received":["msg_0000000002",{{"to":{address},
            "received_at":"2026-01-02T00:00:00Z","route":"rt_0000000001",
            "action":{{"kind":"store"}}}}]}}]}}"#
        ),
        format!(
            r#"{{"sequence":3,"changes":[{{"test":["ab_0000000003",{{"info":{{
            "id":"ab_0000000003","name":"colours","arms":[["red",1],["blue",1]],"winner":null,
            "created_at":"2026-01-03T00:00:00Z","raw":null}},
            "test":{{"test":{{"name":"colours","arms":[{},{}]}},
            "files":[["aGVsbG8="],["aGVsbG8="]]}}}}]}}]}}"#,
            arm("red"),
            arm("blue")
        ),
        r#"{"sequence":4,"changes":[{"suppression":["gone@example.com bounce ",{
            "address":"gone@example.com","kind":"bounce","group":null,"reason":null,
            "created_at":"2026-01-04T00:00:00Z","raw":null}]}]}"#
            .to_owned(),
    ];
    let text: String = lines
        .iter()
        .map(|json| line(&json.replace("\n        ", "").replace("    ", "")))
        .collect();
    std::fs::create_dir_all(folder.join("inbox")).unwrap();
    std::fs::write(folder.join("mail.jsonl"), text).unwrap();
    let mail = "From: Bo <bo@example.net>\r\nTo: ana@example.com\r\nSubject: Hi\r\n\r\nHello\r\n";
    std::fs::write(folder.join("inbox/msg_0000000002.eml"), mail).unwrap();
}

#[tokio::test]
async fn mail_of_the_first_version_is_read() {
    let folder = tempfile::tempdir().unwrap();
    first_journal(folder.path());
    for opening in 0..2 {
        let local = LocalMailer::open(folder.path()).await.unwrap();
        let mailer = Mailer::new(local.clone());
        let routes = mailer.list_routes(Default::default()).all().await.unwrap();
        assert_eq!(routes.len(), 1);
        assert_eq!(routes[0].actions, [RouteAction::Store]);
        assert_eq!(routes[0].priority, 5);
        let inbox = local.inbox().await.unwrap();
        assert_eq!(inbox.len(), 1);
        assert_eq!(inbox[0].id, MessageId::new("msg_0000000002"));
        assert_eq!(inbox[0].actions, [RouteAction::Store]);
        assert_eq!(inbox[0].message.subject.as_deref(), Some("Hi"));
        let gone = "gone@example.com".parse().unwrap();
        assert_eq!(mailer.get_suppressions(&gone).await.unwrap().len(), 1);

        // A creation whose answer was lost before the program was replaced is still made once.
        let again: IdempotencyKey = "again".parse().unwrap();
        let route = integrations_core::email::NewRoute::new(
            integrations_core::email::RouteMatch::Address("ana@example.com".parse().unwrap()),
            RouteAction::Store,
        );
        let made = mailer.create_route(&route.with_key(again)).await.unwrap();
        assert_eq!(made.id, routes[0].id);

        // The files of a test go out with it.
        let test = AbTestId::new("ab_0000000003");
        let to = integrations_core::email::EmailAddress::new(format!("to{opening}@example.com"));
        let to = integrations_core::email::Recipient::new(to.unwrap());
        let sent = mailer
            .send_ab_test(&test, &[to], SendOptions::default())
            .await
            .unwrap();
        drop(sent);
        let outbox = local.outbox().await.unwrap();
        assert_eq!(outbox.len(), opening + 1);
        assert_eq!(outbox[opening].message.attachments[0].content, "hello");
        // The next opening reads old lines and new ones.
    }
}

#[tokio::test]
async fn mail_of_a_later_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = line(r#"{"version":99,"sequence":1,"changes":[]}"#);
    let journal = folder.path().join("mail.jsonl");
    std::fs::write(&journal, &text).unwrap();
    let error = LocalMailer::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("mail.jsonl"), "{error}");
    // A whole line was answered: it is not cut off as one that was being written is.
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), text);
}

/// The meetings as the first version wrote them: a webinar had neither settings nor registrants, and
/// a word that was not known was an object.
const FIRST_MEETINGS: &str = r#"{
  "meetings": {
    "m-1": {
      "id": "m-1", "kind": "scheduled", "status": "waiting", "topic": "Planning", "agenda": null,
      "host": null, "start": {"utc": "2026-06-01T07:00:00Z"}, "duration_minutes": 30, "rule": null,
      "gone": [], "moved": {}, "passcode": "s3cret", "host_code": "code",
      "settings": {
        "waiting_room": true, "join_before_host": null, "mute_on_entry": null,
        "auto_recording": {"other": "on_the_moon"}, "registration": null
      },
      "invitees": ["ada@example.com"], "created": "2026-01-01T00:00:00Z",
      "sessions": [{
        "session": {
          "id": "s-1", "meeting": "m-1", "started": "2026-01-01T00:00:00Z", "ended": null
        },
        "participants": [{
          "id": "p-1", "session": "s-1", "name": "Ada", "email": null, "status": "left",
          "joined": "2026-01-01T00:00:00Z", "left": null, "muted": null
        }],
        "recording": null, "paused": false
      }],
      "recordings": [], "registrants": []
    }
  },
  "webinars": {
    "w-1": {
      "topic": "Launch", "agenda": null, "start": {"utc": "2026-06-01T07:00:00Z"},
      "duration_minutes": 60,
      "panelists": [{"id": "p-2", "name": "Bo", "email": "bo@example.com"}]
    }
  }
}"#;

#[tokio::test]
async fn meetings_of_the_first_version_are_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("meetings.json"), FIRST_MEETINGS).unwrap();
    let mut links = Vec::new();
    for _ in 0..2 {
        let rooms = LocalMeetings::open(folder.path()).await.unwrap();
        let meetings = Meetings::new(rooms.clone());
        let read = meetings.get_meeting(&"m-1".into()).await.unwrap();
        assert_eq!(read.topic, "Planning");
        assert_eq!(read.settings.waiting_room, Some(true));
        let words = read.settings.auto_recording.map(String::from);
        assert_eq!(words.as_deref(), Some("on_the_moon"));
        let id = WebinarId::from("w-1");
        let webinars = meetings.webinars().unwrap();
        let webinar = webinars.get(&id).await.unwrap();
        assert_eq!((&*webinar.topic, webinar.created), ("Launch", None));
        assert_eq!(webinars.panelists(&id).all().await.unwrap().len(), 1);
        links.push(webinar.start_url.unwrap().expose_secret().to_owned());
        assert!(rooms.told().await.unwrap().is_empty());
    }
    // The host's link that it did not have is made once.
    assert_eq!(links[0], links[1]);
}

#[tokio::test]
async fn meetings_of_a_later_version_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("meetings.json");
    let text = r#"{"version": 99, "meetings": {}, "webinars": {}}"#;
    std::fs::write(&file, text).unwrap();
    let error = LocalMeetings::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let said = error.to_string();
    assert!(
        said.contains("meetings.json") && said.contains("99"),
        "{said}"
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

/// A calendar's record as the first version wrote it: without a version of its own, and with roles
/// that were not known as objects. The event has no `SEQUENCE`.
#[tokio::test]
async fn a_calendar_of_the_first_version_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let record = r#"{
      "info": {
        "id": "home", "name": "Home", "description": null, "time_zone": null, "color": null,
        "writable": true, "primary": true, "raw": null
      },
      "acl": [
        {"id": "owner", "scope": {"other": "owner"}, "role": "owner"},
        {"id": "user:bo@example.com", "scope": {"user": "bo@example.com"},
         "role": {"other": "gardener"}}
      ],
      "sequence": 1, "floor": 0, "epoch": "e", "changes": [[1, "e-1"]], "watches": []
    }"#;
    std::fs::write(home.join("calendar.json"), record).unwrap();
    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//integrations//local calendar//EN\r\n\
        BEGIN:VEVENT\r\nUID:e-1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260601T070000Z\r\n\
        DTEND:20260601T080000Z\r\nSUMMARY:Old\r\nSTATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\n\
        X-INTEGRATIONS-VERSION:\"1\"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    std::fs::write(home.join("e-1.ics"), event).unwrap();

    let local = LocalCalendar::in_folder(folder.path());
    local.connect().await.unwrap();
    let calendar = Calendar::new(local);
    let id = "home".into();
    let info = calendar.get_calendar(&id).await.unwrap();
    let version = info.etag.expect("every calendar has a version");
    let mut patch = CalendarPatch::default().with_if_match(version);
    patch.name = Some("Renamed".into());
    calendar.update_calendar(&id, patch.clone()).await.unwrap();
    let error = calendar.update_calendar(&id, patch).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    let rules = calendar.sharing().unwrap().list(&id).all().await.unwrap();
    let roles: Vec<_> = rules.into_iter().map(|rule| rule.role).collect();
    assert_eq!(roles, [AclRole::Owner, AclRole::Other("gardener".into())]);
    let event = calendar.get_event(&id, &"e-1".into()).await.unwrap();
    assert_eq!((&*event.summary, event.sequence), ("Old", None));
}
