//! Unique secrets in every field that can hold one, every error path driven, and everything that
//! comes out searched for them: logs of all crates at the finest level, errors with their causes,
//! `Debug`, statuses, metrics.

mod embedded;
mod network;

use std::error::Error as _;
use std::fmt::{Debug, Write as _};
use std::io;
use std::sync::{Arc, Mutex};

use integrations::{Error, Result};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// What every secret begins with. Each has an ending of its own, which says where it was planted.
const SECRET: &str = "Canary7f3a";

/// A secret for one field.
fn secret(field: &str) -> String {
    format!("{SECRET}-{field}")
}

/// Everything that came out.
#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Out {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Collects what comes out on this thread.
struct Watch {
    out: Out,
    metrics: PrometheusHandle,
    errors: usize,
    _logging: tracing::subscriber::DefaultGuard,
}

impl Watch {
    /// Runs a scene on one thread, with everything collected that it lets out.
    fn scene(play: impl AsyncFnOnce(&mut Self)) -> Self {
        let out = Out::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(out.clone())
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .finish();
        let recorder = PrometheusBuilder::new().build_recorder();
        let mut watch = Self {
            out,
            metrics: recorder.handle(),
            errors: 0,
            _logging: tracing::subscriber::set_default(subscriber),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        metrics::with_local_recorder(&recorder, || runtime.block_on(play(&mut watch)));
        watch
    }

    /// Takes down how something shows itself.
    fn shown(&self, what: &str, thing: &impl Debug) {
        let mut text = format!("{what}: {thing:?}\n{thing:#?}\n");
        text.push('\n');
        self.out
            .0
            .lock()
            .unwrap()
            .extend_from_slice(text.as_bytes());
    }

    /// Takes down an outcome: of an error everything that it says, of a success nothing, since its
    /// holder asked for it.
    fn outcome<T>(&mut self, what: &str, outcome: Result<T>) {
        if let Err(error) = outcome {
            self.error(what, &error);
        }
    }

    fn error(&mut self, what: &str, error: &Error) {
        self.errors += 1;
        let mut text = String::new();
        let _ = writeln!(text, "{what}: {error} {error:#} {error:?} {error:#?}");
        let _ = writeln!(
            text,
            "{} {:?} {:?}",
            error.message(),
            error.advice(),
            error.code()
        );
        let mut cause = error.source();
        while let Some(inner) = cause {
            let _ = writeln!(text, "caused by {inner} {inner:#} {inner:?} {inner:#?}");
            cause = inner.source();
        }
        self.out
            .0
            .lock()
            .unwrap()
            .extend_from_slice(text.as_bytes());
    }

    /// Looks for secrets.
    fn is_clean(&self, least_errors: usize) {
        let metrics = self.metrics.render();
        let out = String::from_utf8_lossy(&self.out.0.lock().unwrap()).into_owned();
        assert!(self.errors >= least_errors, "only {} errors", self.errors);
        assert!(out.len() > 1000, "something has to come out: {out}");
        for (sink, text) in [("the metrics", &metrics), ("logs, errors, Debug", &out)] {
            let lines = text.lines().enumerate();
            let leaks: Vec<String> = lines
                .filter(|(_, line)| line.contains(SECRET) || line.contains(&in_base64()))
                .map(|(number, line)| format!("{number}: {}", around(line)))
                .collect();
            assert!(
                leaks.is_empty(),
                "{} leaks in {sink}:\n{}",
                leaks.len(),
                leaks.iter().take(8).cloned().collect::<Vec<_>>().join("\n")
            );
        }
    }
}

/// How base 64 begins what a secret begins with, when it stands at the beginning.
fn in_base64() -> String {
    // "Canary7f3" is nine bytes: whole groups of three.
    "Q2FuYXJ5N2Yz".to_owned()
}

/// What stands around a secret in a line.
fn around(line: &str) -> String {
    let at = line.find(SECRET).unwrap_or(0);
    let from = line[..at]
        .char_indices()
        .rev()
        .nth(120)
        .map_or(0, |(at, _)| at);
    line[from..].chars().take(240).collect()
}

/// The search finds what it should: a secret that is logged is a leak.
#[test]
fn a_secret_that_gets_out_is_found() {
    let watch = Watch::scene(async |watch| {
        tracing::debug!(token = secret("log"), "{}", "x".repeat(1000));
        watch.shown("nothing", &());
    });
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| watch.is_clean(0)));
    assert!(found.is_err());
}
