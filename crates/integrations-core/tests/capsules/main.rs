//! Calls that fail are kept as capsules and replayed from them.

// A test that cannot set itself up has failed.
#![allow(clippy::unwrap_used)]

mod as_test;
mod captured;
mod generated;
mod replayed;
mod secret;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use integrations_core::capsule::{Capsule, Capture};
use integrations_core::guard::{Guard, GuardBuilder, Operation};
use integrations_core::http::{Body, Transport};
use integrations_core::testing::FaultyTransport;
use integrations_core::{Category, Descriptor, Result};

/// An integration of which calls that fail are kept, in a folder of its own.
struct Rooms {
    guard: Guard,
    capture: Capture,
    _folder: tempfile::TempDir,
}

impl Rooms {
    fn new(change: impl FnOnce(Capture) -> Capture) -> Self {
        Self::with(change, |guard| guard.seed(7))
    }

    fn with(
        change: impl FnOnce(Capture) -> Capture,
        policy: impl FnOnce(GuardBuilder) -> GuardBuilder,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let capture = change(Capture::into_folder(folder.path().join("capsules")));
        let descriptor = Descriptor::new("rooms", Category::VIDEO, "rooms");
        let guard = Guard::builder().integration(&descriptor);
        let guard = policy(guard).capture(capture.clone()).build().unwrap();
        Self {
            guard,
            capture,
            _folder: folder,
        }
    }

    /// The files of all capsules, the oldest first.
    async fn files(&self) -> Vec<PathBuf> {
        self.capture.written().await;
        let Ok(folder) = std::fs::read_dir(self.capture.folder()) else {
            return Vec::new();
        };
        let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// The text of the only capsule.
    async fn text(&self) -> String {
        let files = self.files().await;
        assert_eq!(files.len(), 1, "{files:?}");
        std::fs::read_to_string(&files[0]).unwrap()
    }

    async fn capsule(&self) -> Capsule {
        self.text().await.parse().unwrap()
    }

    /// Sends a request in each attempt and reads the answer.
    async fn call(
        &self,
        operation: &Operation,
        transport: &dyn Transport,
        request: impl Fn() -> http::Request<Body> + Send + Sync,
    ) -> Result<Bytes> {
        self.guard
            .run(operation, |_| {
                let request = request();
                async move {
                    let answer = transport.send(request).await?;
                    answer.accepted().await?.bytes().await
                }
            })
            .await
    }
}

/// A request with a credential in a header, one in the address and one in the body.
fn request() -> http::Request<Body> {
    http::Request::post("https://rooms.example/rooms/7?limit=5&signature=query-canary-1")
        .header("authorization", "Bearer header-canary-1")
        .header("x-api-key", "header-canary-2")
        .header("content-type", "application/json")
        .body(Body::from("body-canary-1"))
        .unwrap()
}

/// A server that always gives this answer.
fn answering(status: u16, body: &'static str) -> FaultyTransport {
    FaultyTransport::answering(move |_| {
        let answer = http::Response::builder().status(status);
        let answer = answer.header("x-request-id", "req-1");
        let answer = answer.header("set-cookie", "session=cookie-canary-1");
        answer.body(body.into()).unwrap()
    })
}

const SECOND: Duration = Duration::from_secs(1);

/// The warnings that were logged while this lives.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<u8>>>);

impl Warnings {
    /// For all threads: what is written is told by a thread of the pool.
    fn listen() -> &'static Self {
        static ALL: std::sync::OnceLock<Warnings> = std::sync::OnceLock::new();
        ALL.get_or_init(|| {
            let all = Self::default();
            let writer = all.clone();
            tracing_subscriber::fmt()
                .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
                .with_writer(move || writer.clone())
                .with_ansi(false)
                .init();
            all
        })
    }

    /// The lines that have this in them.
    fn with(&self, part: &str) -> Vec<String> {
        let all = self.0.lock().unwrap();
        let all = String::from_utf8_lossy(&all);
        let lines = all.lines().filter(|line| line.contains(part));
        lines.map(str::to_owned).collect()
    }
}

impl std::io::Write for Warnings {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
