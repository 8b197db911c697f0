//! A line that falls silent, under paused time: without sockets, so that only timers are waited for.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Builder};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use hyper::body::{Body, Frame};
use integrations_core::ErrorKind;
use integrations_core::storage::{GetOptions, Storage};
use integrations_s3::{S3, S3Config};
use tokio::time::Instant;

use crate::counterpart::{KEY_ID, SECRET, key};

const WHOLE: &[u8] = b"0123456789";

/// Some bytes, and then nothing, not even the end.
struct Silent(Option<Bytes>);

impl Body for Silent {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match self.0.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => Poll::Pending,
        }
    }
}

/// A server of one object that falls silent after three bytes, as often as it is told to.
#[derive(Debug, Clone)]
struct Server {
    silences: Arc<Mutex<u32>>,
    ranges: Arc<Mutex<Vec<Option<String>>>>,
}

impl HttpConnector for Server {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let range = request.headers().get("range").map(str::to_owned);
        self.ranges.lock().unwrap().push(range.clone());
        let start = range.map_or(0, |range| {
            let first = range.trim_start_matches("bytes=").split('-').next();
            first.unwrap().parse().unwrap()
        });
        let rest = &WHOLE[start..];
        let mut silences = self.silences.lock().unwrap();
        let body = if *silences > 0 {
            *silences -= 1;
            let some = Bytes::from_static(&rest[..3.min(rest.len())]);
            SdkBody::from_body_1_x(Silent(Some(some)))
        } else {
            SdkBody::from(rest)
        };
        let status = if start > 0 { 206 } else { 200 };
        let mut response = HttpResponse::new(status.try_into().unwrap(), body);
        let headers = response.headers_mut();
        headers.insert("etag", "\"one\"");
        headers.insert("content-length", rest.len().to_string());
        if start > 0 {
            headers.insert("content-range", format!("bytes {start}-9/10"));
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn storage(silences: u32) -> (Storage, Server) {
    let server = Server {
        silences: Arc::new(Mutex::new(silences)),
        ranges: Arc::default(),
    };
    let connector = SharedHttpConnector::new(server.clone());
    let builder = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new(KEY_ID, SECRET, None, None, "test"))
        .http_client(http_client_fn(move |_, _| connector.clone()));
    let config = S3Config::new("photos").with_endpoint("http://photos.invalid");
    let s3 = S3::from_sdk_config(builder, config).unwrap();
    (Storage::new(s3), server)
}

#[tokio::test(start_paused = true)]
async fn a_silent_body_is_read_on_over_another_line() {
    let (storage, server) = storage(2);
    let started = Instant::now();
    let read = storage.get(&key("a"), GetOptions::default()).await.unwrap();
    assert_eq!(read.bytes().await.unwrap(), WHOLE);
    let ranges = server.ranges.lock().unwrap().clone();
    let expected = [None, Some("bytes=3-9"), Some("bytes=6-9")];
    assert_eq!(ranges, expected.map(|range| range.map(str::to_owned)));
    // Twice half a minute, as documented.
    let waited = started.elapsed();
    assert!((60..62).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stays_silent_ends_with_an_error() {
    let (storage, _) = storage(u32::MAX);
    let read = storage.get(&key("a"), GetOptions::default()).await.unwrap();
    let whole = tokio::time::timeout(Duration::from_secs(3600), read.bytes());
    let error = whole.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert!(error.to_string().contains("silent"), "{error}");
}
