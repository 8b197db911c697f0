//! Large calendars, and answers that come from something before the server.

use integrations_caldav::CalDavConfig;
use integrations_core::calendar::{
    Calendar, NewEvent, SyncFrom, SyncNext, SyncPage, SyncProvider, UpdateOptions,
};
use integrations_core::time::EventTime;
use integrations_core::{Effect, ErrorKind};
use jiff::civil::date;

use crate::double::{
    CALENDAR, SERVER, alone, answer, at, data, event, found, multistatus, status, work,
};

/// What is not read yet travels with the cursor: each resource is read once, in many pages, also when
/// one is deleted on the way.
#[tokio::test]
async fn a_large_calendar_comes_in_pages() {
    let names: Vec<String> = (0..620).map(|n| format!("e{n}.ics")).collect();
    let all = names.clone();
    let (provider, seen) = at(CalDavConfig::new(SERVER), move |_, _, body| {
        if body.contains("multiget") {
            let asked = all
                .iter()
                .filter(|name| body.contains(&format!("/{name}<")));
            let one = |name: &String| match name.as_str() {
                "e300.ics" => status(&format!("{CALENDAR}/{name}"), "404 Not Found"),
                name => data(name, "Event"),
            };
            return multistatus(&asked.map(one).collect::<String>());
        }
        let etag = |name| {
            found(
                &format!("{CALENDAR}/{name}"),
                "<D:getetag>\"1\"</D:getetag>",
            )
        };
        let listed: String = all.iter().map(etag).collect();
        multistatus(&format!("{listed}<D:sync-token>now</D:sync-token>"))
    });
    let (mut from, mut pages, mut ids) = (SyncFrom::Start, Vec::new(), Vec::new());
    let token = loop {
        let page = provider.sync_page(&work(), &from).await.unwrap();
        let SyncPage::Changes { changes, next } = page else {
            panic!("{page:?}");
        };
        pages.push(changes.len());
        ids.extend(changes.iter().map(|change| change.id().to_string()));
        match next {
            SyncNext::More(cursor) => from = SyncFrom::Cursor(cursor),
            SyncNext::Done(token) => break token,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(pages, [250, 250, 120]);
    assert_eq!(ids.len(), 620);
    assert!(names.iter().all(|name| ids.contains(name)));
    let reports = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|(_, _, body)| body.contains("sync-collection"))
        .count();
    assert_eq!(reports, 1);
    // The token carries nothing of the way.
    assert!(!token.as_str().contains("e300"), "{token}");
}

/// What stands before a server answers 200 with a page and passes nothing on.
#[tokio::test]
async fn a_page_of_html_is_not_the_consent_of_a_server() {
    let provider = alone(|method, _, body| {
        let mut page = answer(200, "<html>Please sign in to this network</html>");
        let kind = "text/html; charset=utf-8".parse().unwrap();
        page.headers_mut().insert("content-type", kind);
        match method {
            "PUT" | "DELETE" => page,
            "GET" => answer(200, event("a", "Event")),
            _ => panic!("{method} {body}"),
        }
    });
    let calendar = Calendar::new(provider);
    let at = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
    let made = calendar
        .create_event(&work(), NewEvent::new("Lunch", at(12), at(13)))
        .await;
    let gone = calendar
        .delete_event(&work(), &"a.ics".into(), UpdateOptions::default())
        .await;
    for error in [made.unwrap_err(), gone.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
    }
}
