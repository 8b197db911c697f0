//! What the RFCs say and no server here does: read from their text, answered by a function.

use std::sync::{Arc, Mutex};

use integrations_caldav::{CalDav, CalDavConfig};
use integrations_core::calendar::{
    Calendar, CalendarProvider, Change, EventPatch, EventQuery, SyncFrom, SyncNext, SyncPage,
    SyncProvider, SyncToken, UpdateOptions,
};
use integrations_core::testing::FaultyTransport;
use integrations_core::{Effect, ErrorKind, Integration};

use crate::double::{
    CALENDAR, SERVER, account, alone, answer, at, data, event, found, multistatus, status,
    token_in, work,
};

fn changes(page: SyncPage) -> (Vec<Change>, SyncNext) {
    match page {
        SyncPage::Changes { changes, next } => (changes, next),
        other => panic!("{other:?}"),
    }
}

fn done(next: SyncNext) -> SyncToken {
    match next {
        SyncNext::Done(token) => token,
        other => panic!("{other:?}"),
    }
}

/// evidence: caldav: sync.sync_page: vendor specification: RFC 6578, section 3.2: tokens that are too old, in the three statuses that servers give them
#[tokio::test]
async fn a_token_that_is_too_old_is_told_in_three_ways() {
    for refusal in [403, 409, 412] {
        let provider = alone(move |_, _, body| match token_in(body) {
            "" => multistatus("<D:sync-token>one</D:sync-token>"),
            _ => answer(
                refusal,
                "<D:error xmlns:D=\"DAV:\"><D:valid-sync-token/></D:error>",
            ),
        });
        let sync: &dyn SyncProvider = provider.sync().unwrap();
        let (none, next) = changes(sync.sync_page(&work(), &SyncFrom::Start).await.unwrap());
        assert_eq!(none, []);
        let old = SyncFrom::Token(done(next));
        let page = sync.sync_page(&work(), &old).await.unwrap();
        assert_eq!(page, SyncPage::Expired, "{refusal}");
        // Another refusal is none of these.
        let other = alone(move |_, _, body| match token_in(body) {
            "" => multistatus("<D:sync-token>one</D:sync-token>"),
            _ => answer(refusal, ""),
        });
        let error = other.sync().unwrap().sync_page(&work(), &old).await;
        assert!(error.is_err(), "{refusal}");
    }
}

/// evidence: caldav: sync.sync_page: vendor specification: RFC 6578, section 3.6: an answer that is cut off goes on with its token
#[tokio::test]
async fn an_answer_that_is_cut_off_goes_on() {
    let provider = alone(
        |_, _, body| match (body.contains("multiget"), token_in(body)) {
            (true, _) if body.contains("a.ics") => multistatus(&data("a.ics", "A")),
            (true, _) => multistatus(&data("b.ics", "B")),
            (_, "") => multistatus(&format!(
                "{}{}<D:sync-token>half</D:sync-token>",
                found(&format!("{CALENDAR}/a.ics"), "<D:getetag>\"A\"</D:getetag>"),
                status(&format!("{CALENDAR}/"), "507 Insufficient Storage"),
            )),
            (_, "half") => multistatus(&format!(
                "{}{}<D:sync-token>whole</D:sync-token>",
                found(&format!("{CALENDAR}/b.ics"), "<D:getetag>\"B\"</D:getetag>"),
                status(&format!("{CALENDAR}/c.ics"), "404 Not Found"),
            )),
            other => panic!("{other:?}"),
        },
    );
    let calendar = Calendar::new(provider);
    let all = calendar.sync(&work(), None).await.unwrap();
    let ids: Vec<&str> = all.changes.iter().map(|one| one.id().as_str()).collect();
    assert_eq!(ids, ["a.ics", "c.ics", "b.ics"]);
}

/// A server that cuts every answer off at the same token.
#[tokio::test]
async fn a_synchronisation_that_goes_in_a_circle_is_an_error() {
    let provider = alone(|_, _, _| {
        multistatus(&format!(
            "{}<D:sync-token>same</D:sync-token>",
            status(&format!("{CALENDAR}/"), "507 Insufficient Storage"),
        ))
    });
    let error = Calendar::new(provider)
        .sync(&work(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
}

/// evidence: caldav: sync.sync_page: vendor specification: RFC 3253, section 3.6: without the report, entity tags are compared
#[tokio::test]
async fn without_the_report_entity_tags_are_compared() {
    let calendar = Arc::new(Mutex::new(vec![("a.ics", "1"), ("b.ics", "1")]));
    let there = calendar.clone();
    let provider = alone(move |method, path, body| {
        let now = there.lock().unwrap().clone();
        let tag: String = now
            .iter()
            .map(|(name, version)| format!("{name}{version}"))
            .collect();
        let tag = format!("<S:getctag>{tag}</S:getctag>");
        match method {
            "REPORT" if body.contains("sync-collection") => answer(
                403,
                "<D:error xmlns:D=\"DAV:\"><D:supported-report/></D:error>",
            ),
            "REPORT" => {
                let asked = now.iter().filter(|(name, _)| body.contains(name));
                multistatus(
                    &asked
                        .map(|(name, version)| data(name, version))
                        .collect::<String>(),
                )
            }
            _ if !body.contains("getetag") => multistatus(&found(path, &tag)),
            _ => {
                let kind = "<D:resourcetype><C:calendar/></D:resourcetype>";
                let mut all = found(path, &format!("{kind}{tag}"));
                for (name, version) in &now {
                    let etag = format!("<D:getetag>\"{version}\"</D:getetag>");
                    all.push_str(&found(&format!("{CALENDAR}/{name}"), &etag));
                }
                multistatus(&all)
            }
        }
    });
    let handle = Calendar::new(provider);
    let first = handle.sync(&work(), None).await.unwrap();
    assert_eq!(first.changes.len(), 2);
    let same = handle.sync(&work(), Some(&first.token)).await.unwrap();
    assert!(same.changes.is_empty() && !same.reset);
    *calendar.lock().unwrap() = vec![("b.ics", "2"), ("c.ics", "1")];
    let next = handle.sync(&work(), Some(&same.token)).await.unwrap();
    let mut ids: Vec<String> = next
        .changes
        .iter()
        .map(|one| match one {
            Change::Deleted(id) => format!("-{id}"),
            other => format!("+{}", other.id()),
        })
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, ["+b.ics", "+c.ics", "-a.ics"]);
    let elsewhere = handle
        .sync(&"/home/alice/other".into(), Some(&next.token))
        .await;
    assert_eq!(elsewhere.unwrap_err().kind(), ErrorKind::InvalidInput);
}

/// evidence: caldav: update_event: vendor specification: RFC 4791, section 5.3.4: without an entity tag in the answer the server changed the text
#[tokio::test]
async fn an_answer_without_a_version_is_read_back() {
    let stored = Arc::new(Mutex::new((event("a", "Before"), "\"1\"".to_owned())));
    let there = stored.clone();
    let provider = alone(move |method, _, body| {
        let mut there = there.lock().unwrap();
        match method {
            "PUT" => {
                let changed = body.replace("SUMMARY:After", "SUMMARY:After by the server");
                *there = (changed, "\"2\"".to_owned());
                answer(204, "")
            }
            _ => {
                let mut found = answer(200, there.0.clone());
                found.headers_mut().insert("etag", there.1.parse().unwrap());
                found
            }
        }
    });
    let patch = EventPatch::default().with_summary("After");
    let calendar = Calendar::new(provider);
    let (work, id) = (work(), "a.ics".into());
    let changed = calendar.update_event(&work, &id, patch, UpdateOptions::default());
    let changed = changed.await.unwrap();
    assert_eq!(changed.summary, "After by the server");
    assert_eq!(changed.etag, Some("\"2\"".into()));
}

#[tokio::test]
async fn an_event_without_a_version_is_not_changed() {
    let (provider, seen) = at(CalDavConfig::new(SERVER), |_, _, _| {
        answer(200, event("a", "Before"))
    });
    let patch = EventPatch::default().with_summary("After");
    let calendar = Calendar::new(provider);
    let (work, id) = (work(), "a.ics".into());
    let changed = calendar.update_event(&work, &id, patch, UpdateOptions::default());
    let error = changed.await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Decode, Effect::NotApplied)
    );
    assert!(
        seen.lock()
            .unwrap()
            .iter()
            .all(|(method, ..)| method != "PUT")
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_names_it() {
    let bomb = "<!DOCTYPE a [<!ENTITY l \"lol\"><!ENTITY m \"&l;&l;\">]>\
                <D:multistatus xmlns:D=\"DAV:\">&m;</D:multistatus>";
    let file = "<!DOCTYPE a [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>\
                <D:multistatus xmlns:D=\"DAV:\">&f;</D:multistatus>";
    for (body, name) in [
        (answer(207, bomb), "document type"),
        (answer(207, file), "document type"),
        (answer(207, "<html>"), "WebDAV"),
        (answer(200, "<html></html>"), "multistatus"),
    ] {
        let provider = alone(move |_, _, _| body.clone());
        let list = Calendar::new(provider).list_events(&work(), EventQuery::default());
        let error = list.all().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

/// A server that answers with resources of other places, and one that leaves out what it was asked
/// for.
#[tokio::test]
async fn resources_that_were_not_asked_for_are_not_taken() {
    let provider = alone(|_, _, _| {
        let other = data("a.ics", "A").replace(CALENDAR, "/home/bob/work");
        let far = data("a.ics", "A").replace(CALENDAR, "https://evil.example/home/alice/work");
        multistatus(&format!("{other}{far}{}", data("b.ics", "B")))
    });
    let list = Calendar::new(provider).list_events(&work(), EventQuery::default());
    let titles: Vec<String> = list
        .all()
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.summary)
        .collect();
    assert_eq!(titles, ["B"]);

    let provider = alone(|_, _, body| match body.contains("multiget") {
        true => multistatus(""),
        false => multistatus(&found(
            &format!("{CALENDAR}/a.ics"),
            "<D:getetag>\"A\"</D:getetag>",
        )),
    });
    let list = Calendar::new(provider).list_events(&work(), EventQuery::default());
    let error = list.all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
}

/// evidence: caldav: list_calendars: vendor specification: RFC 6764, section 6: from a host to the calendars
#[tokio::test]
async fn the_account_is_found_from_the_host_alone() {
    let (provider, seen) = at(CalDavConfig::new(SERVER), |method, path, _| {
        panic!("{method} {path}")
    });
    provider.connect().await.unwrap();
    let paths: Vec<String> = seen
        .lock()
        .unwrap()
        .iter()
        .map(|(_, path, _)| path.clone())
        .collect();
    // The double does not follow redirects, as a transport may: the root is asked then.
    assert!(
        paths.contains(&"/.well-known/caldav".to_owned()),
        "{paths:?}"
    );
    assert_eq!(paths.last().map(String::as_str), Some("/home/alice/"));
}

#[tokio::test]
async fn a_host_that_is_not_named_sees_nothing() {
    let elsewhere = "https://p01.dav.example.net";
    let server = move |config: CalDavConfig| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let heard = seen.clone();
        let transport = FaultyTransport::answering(move |request| {
            let uri = request.uri().clone();
            let shown = request.headers().contains_key("authorization");
            heard
                .lock()
                .unwrap()
                .push((uri.host().unwrap().to_owned(), shown));
            if !shown {
                let mut asked = answer(401, "");
                let basic = "Basic realm=\"x\"".parse().unwrap();
                asked.headers_mut().insert("www-authenticate", basic);
                return asked;
            }
            if uri.path() == "/principals/alice/" {
                let home = format!(
                    "<C:calendar-home-set><D:href>{elsewhere}/home/alice/</D:href>\
                     </C:calendar-home-set>"
                );
                return multistatus(&found("/principals/alice/", &home));
            }
            account(&request).unwrap_or_else(|| answer(404, ""))
        });
        (CalDav::with_transport(config, transport).unwrap(), seen)
    };
    let config = || CalDavConfig::new(format!("{SERVER}/dav/")).with_password("alice", "canary");
    let (provider, seen) = server(config());
    let error = provider.connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Untrusted, "{error}");
    assert!(error.to_string().contains("p01.dav.example.net"), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
    assert!(
        seen.lock()
            .unwrap()
            .iter()
            .all(|(host, _)| host == "dav.example.com")
    );

    let (provider, seen) = server(config().with_host(elsewhere));
    provider.connect().await.unwrap();
    let there = ("p01.dav.example.net".to_owned(), true);
    assert!(seen.lock().unwrap().contains(&there));
}

/// A wrong password is said once, and not tried again and again.
#[tokio::test]
async fn a_wrong_password_is_unauthenticated_after_one_try() {
    for asked in [
        "Basic realm=\"x\"",
        "Digest realm=\"x\", nonce=\"n\", qop=\"auth\"",
    ] {
        let count = Arc::new(Mutex::new(0));
        let heard = count.clone();
        let transport = FaultyTransport::answering(move |request| {
            *heard.lock().unwrap() += i32::from(request.headers().contains_key("authorization"));
            let mut refused = answer(401, "");
            refused
                .headers_mut()
                .insert("www-authenticate", asked.parse().unwrap());
            refused
        });
        let config = CalDavConfig::new(SERVER).with_password("alice", "canary");
        let provider = CalDav::with_transport(config, transport).unwrap();
        let error = provider.connect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
        assert_eq!(*count.lock().unwrap(), 1, "{asked}");
        assert!(!error.to_string().contains("canary"));
    }
}

/// RFC 5397, section 3: a server may answer who is not signed in, and then it never asks.
#[tokio::test]
async fn a_server_that_answers_strangers_is_told_who_asks() {
    let transport = FaultyTransport::answering(move |request| {
        let path = request.uri().path();
        let known = request.headers().get("authorization").is_some();
        match (request.method().as_str(), path) {
            ("PROPFIND", "/dav/" | "/") if !known => multistatus(&found(
                path,
                "<D:resourcetype><D:collection/></D:resourcetype><D:current-user-principal>\
                 <D:unauthenticated/></D:current-user-principal>",
            )),
            _ => account(&request).unwrap_or_else(|| answer(404, "")),
        }
    });
    let config = CalDavConfig::new(format!("{SERVER}/dav/")).with_password("alice", "secret");
    let provider = CalDav::with_transport(config, transport).unwrap();
    provider.connect().await.unwrap();
}

/// A server tells that a series changed, and not that one of its occurrences no longer differs.
#[tokio::test]
async fn an_occurrence_that_no_longer_differs_leaves_a_mirror() {
    let part = |more: &str, title: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n{more}\
             DTSTART:20260601T070000Z\r\nDTEND:20260601T080000Z\r\nSUMMARY:{title}\r\n\
             END:VEVENT\r\n"
        )
    };
    let series = part("RRULE:FREQ=DAILY;COUNT=3\r\n", "Daily");
    let other = part("RECURRENCE-ID:20260602T070000Z\r\n", "Other");
    let object = |parts: &str| format!("BEGIN:VCALENDAR\r\n{parts}END:VCALENDAR\r\n");
    // What is at the server now; nothing when it was deleted.
    let now = Arc::new(Mutex::new(Some(object(&format!("{series}{other}")))));
    let there = now.clone();
    let provider = alone(move |_, _, body| {
        let name = format!("{CALENDAR}/a.ics");
        let text = there.lock().unwrap().clone();
        match (body.contains("multiget"), text) {
            (true, Some(text)) => {
                let data = format!("<C:calendar-data>{text}</C:calendar-data>");
                multistatus(&found(&name, &data))
            }
            (_, text) => {
                let one = match text {
                    Some(_) => found(&name, "<D:getetag>\"1\"</D:getetag>"),
                    None => status(&name, "404 Not Found"),
                };
                multistatus(&format!("{one}<D:sync-token>next</D:sync-token>"))
            }
        }
    });
    let calendar = Calendar::new(provider);
    let told = |changes: &[Change]| -> Vec<String> {
        let one = |change: &Change| match change {
            Change::Deleted(id) => format!("-{id}"),
            other => format!("+{}", other.id()),
        };
        changes.iter().map(one).collect()
    };
    let first = calendar.sync(&work(), None).await.unwrap();
    assert_eq!(told(&first.changes), ["+a.ics", "+a.ics#20260602T070000Z"]);
    *now.lock().unwrap() = Some(object(&series));
    let next = calendar.sync(&work(), Some(&first.token)).await.unwrap();
    assert_eq!(told(&next.changes), ["-a.ics#20260602T070000Z", "+a.ics"]);
    *now.lock().unwrap() = None;
    // From the first token on the occurrence is there, and goes with its series.
    let gone = calendar.sync(&work(), Some(&first.token)).await.unwrap();
    assert_eq!(told(&gone.changes), ["-a.ics#20260602T070000Z", "-a.ics"]);
}

/// RFC 6750, section 2.1. A token is shown at once: a server that takes one asks for no password.
#[tokio::test]
async fn a_token_is_shown_at_once_and_nowhere_else() {
    let transport = FaultyTransport::answering(|request| {
        let shown = request.headers().get("authorization");
        match shown.is_some_and(|value| value == "Bearer canary") {
            true => account(&request).unwrap_or_else(|| answer(404, "")),
            false => answer(401, ""),
        }
    });
    let config = || CalDavConfig::new(SERVER).with_token("canary");
    let provider = CalDav::with_transport(config(), transport).unwrap();
    provider.connect().await.unwrap();
    let refusing = FaultyTransport::answering(|_| answer(401, "canary"));
    let refused = CalDav::with_transport(config(), refusing).unwrap();
    let error = refused.connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    let shown = format!("{provider:?} {error} {error:?} {:?}", config());
    assert!(!shown.contains("canary"), "{shown}");
}
