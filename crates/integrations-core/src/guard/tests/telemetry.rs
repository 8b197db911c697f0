//! Spans and metrics, seen by a subscriber and a recorder.

use std::io;
use std::sync::Arc;

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use super::*;
use crate::integration::{Category, Descriptor};
use crate::measured::Measured;

/// What was written to the log.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Starts logging, on this thread, what the filter lets through.
    fn start(filter: &str) -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_env_filter(filter)
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn zoom() -> Guard {
    let descriptor = Descriptor::new("our_zoom", Category::VIDEO, "zoom");
    Guard::builder()
        .integration(&descriptor)
        .seed(1)
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn spans_have_the_target_of_their_provider_and_the_fields_of_the_call() {
    let (log, _logging) = Log::start("integrations::video::zoom=debug");
    let guard = zoom().for_connection("acct_1");
    let operation = Operation::new("create_meeting", keyed());
    let script = Script::new([lost().with_request_id("req_9")]);
    script.run(&guard, &operation).await.unwrap();
    let text = log.text();
    let attempts: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("attempt{"))
        .collect();
    assert_eq!(attempts.len(), 2, "{text}");
    for part in [
        "integrations::video::zoom",
        "guarded_call{integration=\"our_zoom\" connection=\"acct_1\" operation=\"create_meeting\" safety=\"keyed\"",
        "attempt=1 outcome=\"network\" request_id=\"req_9\"",
    ] {
        assert!(attempts[0].contains(part), "{part} in {}", attempts[0]);
    }
    assert!(attempts[1].contains("attempt=2 outcome=\"ok\""), "{text}");
    let call = text.lines().last().unwrap();
    assert!(call.contains("outcome=\"ok\" attempts=2"), "{call}");
}

#[tokio::test(start_paused = true)]
async fn the_spans_of_others_are_filtered_out() {
    let (log, _logging) = Log::start("integrations::payment=debug");
    let operation = Operation::new("create_meeting", keyed());
    Script::new([]).run(&zoom(), &operation).await.unwrap();
    assert_eq!(log.text(), "");
}

#[tokio::test(start_paused = true)]
async fn a_transport_can_note_the_request_id_of_a_success() {
    let (log, _logging) = Log::start("integrations=debug");
    let operation = Operation::new("get_meeting", Safety::Read);
    let guard = zoom();
    let answer = guard.run(&operation, |_| async {
        record_request_id("req_7");
        Ok(())
    });
    answer.await.unwrap();
    assert!(
        log.text().contains("request_id=\"req_7\""),
        "{}",
        log.text()
    );
}

#[tokio::test(start_paused = true)]
async fn calls_waits_and_retries_are_measured() {
    let measured = Measured::default();
    let _recording = metrics::set_default_local_recorder(&measured);
    let descriptor = Descriptor::new("s3", Category::STORAGE, "aws");
    let guard = Guard::builder()
        .integration(&descriptor)
        .rate(Rate::per_second(1))
        .build()
        .unwrap();
    let operation = Operation::new("get", Safety::Read);
    for _ in 0..3 {
        Script::new([]).run(&guard, &operation).await.unwrap();
    }
    let missing = || Error::not_found("it");
    run_failing(&guard, &operation, missing).await;
    Script::new([lost()]).run(&guard, &operation).await.unwrap();

    let at = " integration=s3 operation=get";
    let of = |name: &str| measured.of(name).unwrap_or_default();
    assert_eq!(of(&format!("integrations_calls_total{at} outcome=ok")), 4.0);
    assert_eq!(
        of(&format!("integrations_calls_total{at} outcome=not_found")),
        1.0
    );
    assert_eq!(
        of(&format!("integrations_retries_total{at} reason=network")),
        1.0
    );
    // Six attempts at one a second: the first did not wait, the sixth waited less for its backoff.
    let queued = of(&format!("integrations_queue_seconds{at}"));
    assert!(queued > 4.7 && queued <= 5.0, "{queued}");
    let took = of(&format!("integrations_call_seconds{at}"));
    assert!(took >= queued && took <= 5.1, "{took}");
}

#[tokio::test(start_paused = true)]
async fn the_circuit_and_availability_are_measured() {
    let measured = Measured::default();
    let _recording = metrics::set_default_local_recorder(&measured);
    let guard = zoom();
    let operation = Operation::new("get", Safety::Read).with_class("users");
    let circuit = "integrations_circuit integration=our_zoom class=users";
    let available = "integrations_available integration=our_zoom";
    Script::new([]).run(&guard, &operation).await.unwrap();
    assert_eq!(measured.of(available), Some(1.0));
    while guard.status().circuit == crate::Circuit::Closed {
        run_failing(&guard, &operation, lost).await;
    }
    assert_eq!(measured.of(available), Some(0.0));
    assert_eq!(measured.of(circuit), Some(2.0));
    tokio::time::sleep(6 * SECOND).await;
    Script::new([]).run(&guard, &operation).await.unwrap();
    assert_eq!(measured.of(available), Some(1.0));
    assert_eq!(measured.of(circuit), Some(0.0));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_measured_as_cancelled() {
    let measured = Measured::default();
    let _recording = metrics::set_default_local_recorder(&measured);
    let guard = zoom();
    let operation = Operation::new("get", Safety::Read);
    let hangs = guard.run(&operation, |_| std::future::pending::<Result<()>>());
    tokio::time::timeout(SECOND, hangs).await.unwrap_err();
    let name = "integrations_calls_total integration=our_zoom operation=get outcome=cancelled";
    assert_eq!(measured.of(name), Some(1.0));
}

#[tokio::test(start_paused = true)]
async fn a_recorder_that_is_installed_late_is_found() {
    let guard = zoom();
    let operation = Operation::new("get", Safety::Read);
    Script::new([]).run(&guard, &operation).await.unwrap();
    let measured = Measured::default();
    let _recording = metrics::set_default_local_recorder(&measured);
    Script::new([]).run(&guard, &operation).await.unwrap();
    let name = "integrations_calls_total integration=our_zoom operation=get outcome=ok";
    assert_eq!(measured.of(name), Some(1.0));
}
