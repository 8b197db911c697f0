//! A mailbox at the stand-in, over a line that can fail.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use integrations_core::guard::{Backoff, Guard};
use integrations_core::testing::{CountingTransport, Fault, FaultyTransport};
use integrations_outlook::{Outlook, OutlookConfig};
use integrations_sandbox::microsoft_graph::{MicrosoftGraph, OWNER, TOKEN};
use integrations_sandbox::openapi::OpenApi;
use jiff::Timestamp;
use serde_json::Value;

/// When the tests take place: the window of a synchronisation is around it.
pub(crate) fn now() -> Timestamp {
    "2026-06-01T06:00:00Z".parse().unwrap()
}

/// Graph's OpenAPI description, where it is at hand. Says so when it is not there.
static OPENAPI: LazyLock<Option<Arc<OpenApi>>> = LazyLock::new(|| {
    let named = std::env::var_os("INTEGRATIONS_SPECS").map(PathBuf::from);
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    let path = named.unwrap_or_else(beside);
    let name = "microsoft-graph/graph-v1.0-calendar-onlinemeetings-openapi.json";
    match std::fs::read(path.join(name)) {
        Ok(text) => Some(Arc::new(OpenApi::read(&text).unwrap())),
        Err(_) => {
            eprintln!("skipped: Graph's OpenAPI description is not there; set INTEGRATIONS_SPECS");
            None
        }
    }
});

/// Graph's OpenAPI description.
pub(crate) fn openapi() -> Option<Arc<OpenApi>> {
    OPENAPI.clone()
}

/// A stand-in that refuses, by a panic, every request that Graph does not describe, and every answer.
pub(crate) fn stand_in() -> MicrosoftGraph {
    let graph = MicrosoftGraph::of(OWNER, "Europe/London").with_clock(now);
    let Some(openapi) = openapi() else {
        return graph;
    };
    graph.with_observer(move |request, response| {
        let path = request.uri().path_and_query().unwrap().as_str();
        let verb = request.method().as_str();
        // The address of an upload is Outlook's own. The bytes of an attachment are on its page
        // (https://learn.microsoft.com/en-us/graph/api/attachment-get), and no part of the metadata.
        if !path.starts_with("/v1.0/") || path.ends_with("/$value") {
            return;
        }
        let mut wrong = openapi.check_request(verb, path, request.body());
        let status = response.status().as_u16();
        wrong.extend(openapi.check_answer(verb, path, status, response.body()));
        // That an event is patched with them, only their page says:
        // https://learn.microsoft.com/en-us/graph/api/singlevaluelegacyextendedproperty-post-singlevalueextendedproperties
        let said = "/singleValueExtendedProperties is not described";
        wrong.retain(|what| verb != "PATCH" || !what.ends_with(said));
        let body = String::from_utf8_lossy(request.body());
        assert!(wrong.is_empty(), "{verb} {path} {body}: {wrong:?}");
    })
}

/// A mailbox at a stand-in, and the line to it.
pub(crate) struct Account {
    pub(crate) graph: MicrosoftGraph,
    pub(crate) line: Arc<FaultyTransport>,
    pub(crate) sent: CountingTransport<Arc<FaultyTransport>>,
    pub(crate) provider: Outlook,
}

pub(crate) fn account() -> Account {
    account_at(stand_in(), OutlookConfig::with_token(TOKEN))
}

pub(crate) fn account_at(graph: MicrosoftGraph, config: OutlookConfig) -> Account {
    let server = graph.clone();
    account_over(graph, config, move |request| server.answer(request))
}

/// A mailbox at a stand-in, behind something that answers for it.
pub(crate) fn account_over(
    graph: MicrosoftGraph,
    config: OutlookConfig,
    answer: impl Fn(http::Request<Bytes>) -> http::Response<Bytes> + Send + Sync + 'static,
) -> Account {
    let line = Arc::new(FaultyTransport::answering(answer));
    let sent = CountingTransport::new(line.clone());
    let provider = Outlook::with_transport(config, sent.clone()).unwrap();
    // The waits between attempts are the same in every run.
    let guard = Guard::builder()
        .backoff(Backoff::default())
        .seed(7)
        .build()
        .unwrap();
    Account {
        provider: provider.with_guard(guard).with_clock(now),
        graph,
        line,
        sent,
    }
}

/// What the stand-in has at a path, read beside the line.
pub(crate) fn there(graph: &MicrosoftGraph, path: &str) -> Value {
    let request = http::Request::get(format!("https://graph.microsoft.com/v1.0/{path}"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("prefer", "IdType=\"ImmutableId\"");
    let answer = graph.answer(request.body(Bytes::new()).unwrap());
    serde_json::from_slice(answer.body()).unwrap()
}

/// An answer of Graph's in the place of the stand-in's.
pub(crate) fn refusal(status: u16, body: &'static str) -> Fault {
    let answer = http::Response::builder()
        .status(status)
        .header("content-type", "application/json");
    Fault::Answer(answer.body(Bytes::from_static(body.as_bytes())).unwrap())
}
