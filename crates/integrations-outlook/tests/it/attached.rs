//! Content that is attached, in one request and in many.

use bytes::Bytes;
use integrations_core::calendar::{Calendar, NewAttachment};
use integrations_core::testing::Fault;
use integrations_core::{Effect, ErrorKind};

use crate::account::{account, there};
use crate::events::lunch;

fn content(length: u32) -> Bytes {
    let bytes = (0..length).map(|n| (n % 251) as u8);
    bytes.collect::<Vec<u8>>().into()
}

fn named(content: &Bytes) -> NewAttachment {
    NewAttachment::new("plan.bin", "application/octet-stream", content.clone())
}

// https://learn.microsoft.com/en-us/graph/outlook-large-attachments
#[tokio::test(start_paused = true)]
async fn an_upload_that_is_interrupted_in_the_middle_goes_on_where_it_was() {
    for fault in [Fault::CutBefore, Fault::CutAfter, Fault::status_after(503)] {
        let account = account();
        let calendar = Calendar::new(account.provider.clone());
        let primary = &"primary".into();
        let event = calendar.create_event(primary, lunch()).await.unwrap();
        let content = content(7_000_000);
        account.line.fail(
            |head| {
                let range = head.headers.get("content-range");
                range.is_some_and(|it| it.to_str().unwrap().starts_with("bytes 3276800-"))
            },
            fault.clone(),
        );
        let attachments = calendar.attachments().unwrap();
        let added = attachments
            .add(primary, &event.id, named(&content))
            .await
            .unwrap();
        assert_eq!(added.name, "plan.bin", "{fault:?}");
        let id = added.id.unwrap();
        let read = attachments.read(primary, &event.id, &id).await.unwrap();
        assert!(read == content, "{fault:?}");
        let sent = account.line.exchanges();
        let parts: Vec<_> = sent.iter().filter(|it| it.method == "PUT").collect();
        for part in &parts {
            // "Do not specify an Authorization request header."
            assert!(part.headers.get("authorization").is_none());
        }
        // The one in the middle once more, where it did not arrive.
        let again = usize::from(matches!(fault, Fault::CutBefore));
        assert_eq!(parts.len(), 3 + again, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_is_given_up_leaves_nothing() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let event = calendar.create_event(primary, lunch()).await.unwrap();
    for _ in 0..3 {
        let first = |head: &http::request::Parts| head.method == "PUT";
        account.line.fail(first, Fault::status(503));
    }
    let attachments = calendar.attachments().unwrap();
    let new = named(&content(4_000_000));
    let error = attachments.add(primary, &event.id, new).await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied);
    let path = format!("me/events/{}/attachments", event.id);
    assert_eq!(
        there(&account.graph, &path)["value"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn small_content_goes_in_one_request_and_too_much_in_none() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let event = calendar.create_event(primary, lunch()).await.unwrap();
    let attachments = calendar.attachments().unwrap();
    let before = account.sent.sent();
    let added = attachments
        .add(primary, &event.id, named(&content(2_999_999)))
        .await
        .unwrap();
    assert_eq!(
        (added.size, account.sent.sent() - before),
        (Some(2_999_999), 1)
    );
    let huge = NewAttachment::new("x", "application/octet-stream", vec![0; 150_000_001]);
    let refused = attachments.add(primary, &event.id, huge).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert_eq!(account.sent.sent() - before, 1);
    let read = calendar.get_event(primary, &event.id).await.unwrap();
    assert_eq!(read.attachments.len(), 1);
    assert_eq!(
        read.attachments[0].media_type.as_deref(),
        Some("application/octet-stream")
    );
}
