//! Bodies that come and go in pieces.

use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use integrations_core::storage::{GetOptions, PutBody, PutOptions};
use integrations_core::{Error, Result};

use super::Harness;
use super::harness::pattern;
use crate::{Verdict, ensure, ensure_eq};

/// Cuts bytes into uneven pieces, so that no piece ends where a part does.
fn pieces(bytes: &Bytes, size: usize) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    let mut rest = bytes.clone();
    let mut pieces = Vec::new();
    let mut turn = 0;
    while !rest.is_empty() {
        turn += 1;
        let take = (size + turn % 7 * 13).min(rest.len());
        pieces.push(Ok(rest.split_to(take)));
    }
    stream::iter(pieces)
}

fn broken(bytes: &Bytes, size: usize) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    pieces(bytes, size).chain(stream::once(async {
        Err(Error::internal("the source broke off"))
    }))
}

pub(super) async fn a_stream_of_unknown_length_is_stored(h: Harness) -> Verdict {
    let bytes = pattern(300_000);
    h.put("object", PutBody::stream(pieces(&bytes, 10_000)))
        .await?;
    h.holds("object", &bytes).await
}

pub(super) async fn a_large_stream_is_stored(h: Harness) -> Verdict {
    let bytes = pattern((17 << 20) + 3);
    h.put("object", PutBody::stream(pieces(&bytes, 700_001)))
        .await?;
    ensure_eq!(
        h.storage.head(&h.key("object")).await?.size,
        bytes.len() as u64,
        "the size"
    );
    h.holds("object", &bytes).await
}

pub(super) async fn an_empty_stream_is_an_empty_object(h: Harness) -> Verdict {
    h.put("object", PutBody::stream(stream::empty())).await?;
    h.holds("object", b"").await
}

pub(super) async fn a_sized_stream_is_stored(h: Harness) -> Verdict {
    let bytes = pattern(100_000);
    h.put(
        "object",
        PutBody::sized_stream(pieces(&bytes, 9_999), 100_000),
    )
    .await?;
    h.holds("object", &bytes).await
}

pub(super) async fn a_failing_stream_stores_nothing(h: Harness) -> Verdict {
    h.put("object", "as it was").await?;
    let bytes = pattern(50_000);
    let body = PutBody::sized_stream(broken(&bytes, 10_000), 80_000);
    let put = h
        .storage
        .put(&h.key("object"), body, PutOptions::default())
        .await;
    ensure!(put.is_err(), "a put succeeded whose body broke off");
    h.holds("object", b"as it was").await
}

pub(super) async fn a_short_stream_stores_nothing(h: Harness) -> Verdict {
    let bytes = pattern(50_000);
    let body = PutBody::sized_stream(pieces(&bytes, 10_000), 60_000);
    let put = h
        .storage
        .put(&h.key("object"), body, PutOptions::default())
        .await;
    ensure!(put.is_err(), "a put of 60,000 bytes succeeded with 50,000");
    h.lacks("object").await
}

pub(super) async fn a_long_stream_stores_nothing(h: Harness) -> Verdict {
    let bytes = pattern(50_000);
    let body = PutBody::sized_stream(pieces(&bytes, 10_000), 40_000);
    let put = h
        .storage
        .put(&h.key("object"), body, PutOptions::default())
        .await;
    ensure!(put.is_err(), "a put of 40,000 bytes succeeded with 50,000");
    h.lacks("object").await
}

pub(super) async fn a_large_failing_stream_stores_nothing(h: Harness) -> Verdict {
    let bytes = pattern(18 << 20);
    let body = PutBody::stream(broken(&bytes, 1 << 20));
    let put = h
        .storage
        .put(&h.key("object"), body, PutOptions::default())
        .await;
    ensure!(put.is_err(), "a put succeeded whose body broke off");
    h.lacks("object").await?;
    ensure_eq!(h.names("").await?, Vec::<String>::new(), "the listing");
    Ok(())
}

pub(super) async fn a_dropped_put_stores_nothing(h: Harness) -> Verdict {
    let key = h.key("object");
    let bytes = pattern(9 << 20);
    // The source stops for ever before its last bytes.
    let stalled = pieces(&bytes, 1 << 20).chain(stream::pending());
    let body = PutBody::sized_stream(stalled, 10 << 20);
    let put = h.storage.put(&key, body, PutOptions::default());
    let ended = tokio::time::timeout(Duration::from_millis(300), put).await;
    ensure!(ended.is_err(), "a put ended before its body did");
    h.lacks("object").await?;
    ensure_eq!(h.names("").await?, Vec::<String>::new(), "the listing");
    Ok(())
}

pub(super) async fn a_read_can_be_dropped(h: Harness) -> Verdict {
    let bytes = pattern(4 << 20);
    h.put("object", bytes.clone()).await?;
    for _ in 0..5 {
        let mut read = h
            .storage
            .get(&h.key("object"), GetOptions::default())
            .await?;
        let first = read.body.next().await.transpose()?;
        ensure!(
            first.is_some_and(|piece| bytes.starts_with(&piece)),
            "the first piece is wrong"
        );
    }
    h.holds("object", &bytes).await
}
