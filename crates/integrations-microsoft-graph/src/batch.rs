//! Many requests in one (<https://learn.microsoft.com/en-us/graph/json-batching>).

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use integrations_core::guard::{Operation, Safety};
use integrations_core::http::Refusal;
use integrations_core::{Effect, Error, ErrorKind, Result};
use serde_json::{Value, json};

use crate::api::Api;
use crate::call::Call;
use crate::error;

/// "JSON batch requests are currently limited to 20 individual requests."
const MOST: usize = 20;

impl Api {
    /// Sends requests together, twenty at a time, and gives the outcome of each in their order. They
    /// do not wait for one another: Graph may carry them out in any order.
    ///
    /// `operation` is that of each request. One that is refused for a while (429), or that `operation`
    /// lets be repeated after a failure of Graph's, is sent again by itself; the others are not.
    ///
    /// # Errors
    /// What becomes of the batch as a whole. A request that fails is an error in the list.
    pub async fn batch(&self, operation: &Operation, calls: &[Call]) -> Result<Vec<Result<Value>>> {
        let mut outcomes = Vec::with_capacity(calls.len());
        for calls in calls.chunks(MOST) {
            outcomes.extend(self.part(operation, calls).await?);
        }
        Ok(outcomes)
    }

    async fn part(&self, operation: &Operation, calls: &[Call]) -> Result<Vec<Result<Value>>> {
        // One needs no batch.
        if let [call] = calls {
            return Ok(vec![self.send(operation, call).await]);
        }
        let parts = calls
            .iter()
            .enumerate()
            .map(|(n, call)| call.part(&n.to_string()));
        let parts = parts.collect::<Result<Vec<_>>>()?;
        let whole = Call::post(&["$batch"]).json(json!({"requests": parts}));
        let mut answer = self.send(operation, &whole).await?;
        let mut answers: Vec<Option<Value>> = calls.iter().map(|_| None).collect();
        for answer in answer["responses"].as_array_mut().into_iter().flatten() {
            // "Individual responses might appear in a different order than the requests."
            let place = answer["id"]
                .as_str()
                .and_then(|id| id.parse::<usize>().ok());
            if let Some(place) = place.and_then(|n| answers.get_mut(n)) {
                *place = Some(answer.take());
            }
        }
        let mut outcomes = Vec::with_capacity(calls.len());
        for (call, answer) in calls.iter().zip(answers) {
            let outcome = match outcome(answer) {
                Err(error) if again(operation, &error) => {
                    self.guard()
                        .pause_for(error.retry_after().unwrap_or_default());
                    self.send(operation, call).await
                }
                outcome => outcome,
            };
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }
}

/// Whether a part that failed so may be sent again: the guard's own rule.
fn again(operation: &Operation, error: &Error) -> bool {
    let unchanged = error.effect() == Effect::NotApplied;
    error.kind().is_transient() && (unchanged || operation.safety != Safety::Once)
}

/// What became of one request.
fn outcome(answer: Option<Value>) -> Result<Value> {
    let mut answer = answer.ok_or_else(|| {
        Error::new(
            ErrorKind::Decode,
            "the batch has no answer to one of its requests",
        )
    })?;
    let status = answer["status"]
        .as_u64()
        .and_then(|it| u16::try_from(it).ok());
    let status = status.and_then(|it| StatusCode::from_u16(it).ok());
    let status = status
        .ok_or_else(|| Error::new(ErrorKind::Decode, "an answer of the batch has no status"))?;
    if status.is_success() {
        return Ok(answer["body"].take());
    }
    let mut headers = HeaderMap::new();
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let name = HeaderName::try_from(name.as_str()).ok();
        let value = value.as_str().and_then(|it| HeaderValue::try_from(it).ok());
        if let (Some(name), Some(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    Err(error::read(&Refusal {
        status,
        headers,
        body: answer["body"].to_string().into(),
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use integrations_core::SecretString;
    use integrations_core::guard::Guard;
    use integrations_core::testing::FaultyTransport;

    use super::*;

    integrations_core::operations! {
        const OPERATIONS;
        GET = read("get_event", "GET /me/events/{id}");
        POST = once("create_event", "POST /me/events", "list the events");
    }

    /// Answers a batch with these, and every single request with its own path.
    fn api(answers: Value) -> (Api, Arc<FaultyTransport>) {
        let transport = Arc::new(FaultyTransport::answering(move |request| {
            let body = match request.uri().path().ends_with("/$batch") {
                true => json!({"responses": answers}),
                false => json!({"alone": request.uri().path()}),
            };
            http::Response::new(body.to_string().into())
        }));
        let base = "https://graph.microsoft.com/v1.0".parse().unwrap();
        let token = Arc::new(SecretString::from("token"));
        let guard = Guard::builder().seed(7).build().unwrap();
        (Api::new(base, transport.clone(), token, guard), transport)
    }

    fn calls(number: usize) -> Vec<Call> {
        let call = |n: usize| Call::get(&["me", "events", &n.to_string()]);
        (0..number).map(call).collect()
    }

    // https://learn.microsoft.com/en-us/graph/json-batching#example-json-batch-response
    #[tokio::test(start_paused = true)]
    async fn each_outcome_is_its_own_in_any_order() {
        let (api, transport) = api(json!([
            {"id": "1", "status": 403, "headers": {"Content-Type": "application/json"},
                "body": {"error": {"code": "Authorization_RequestDenied",
                    "message": "Insufficient privileges to complete the operation.",
                    "innerError": {"request-id": "93b6f17e-c05d-4f45-ad2a-6665c708d8a0"}}}},
            {"id": "0", "status": 200, "body": {"id": "a"}},
            {"id": "9", "status": 200, "body": {"id": "b"}},
        ]));
        let outcomes = api.batch(&Operation::of(&GET), &calls(3)).await.unwrap();
        assert_eq!(outcomes[0].as_ref().unwrap()["id"], "a");
        let refused = outcomes[1].as_ref().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
        let id = "93b6f17e-c05d-4f45-ad2a-6665c708d8a0";
        assert_eq!(refused.request_id(), Some(id));
        assert_eq!(outcomes[2].as_ref().unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(transport.served(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_throttled_is_sent_again_alone_after_its_wait() {
        let (api, transport) = api(json!([
            {"id": "0", "status": 200, "body": {"id": "a"}},
            {"id": "1", "status": 429, "headers": {"Retry-After": "7"},
                "body": {"error": {"code": "ApplicationThrottled"}}},
        ]));
        for operation in [&GET, &POST] {
            let started = tokio::time::Instant::now();
            let before = transport.served();
            let outcomes = api.batch(&Operation::of(operation), &calls(2)).await;
            let outcomes = outcomes.unwrap();
            assert_eq!(outcomes[0].as_ref().unwrap()["id"], "a");
            assert_eq!(outcomes[1].as_ref().unwrap()["alone"], "/v1.0/me/events/1");
            assert_eq!(transport.served() - before, 2);
            assert!(started.elapsed() >= Duration::from_secs(7));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_have_been_done_is_not_done_again() {
        let (api, transport) = api(json!([
            {"id": "0", "status": 500, "body": {}},
            {"id": "1", "status": 201, "body": {}},
        ]));
        let outcomes = api.batch(&Operation::of(&POST), &calls(2)).await.unwrap();
        assert_eq!(outcomes[0].as_ref().unwrap_err().effect(), Effect::Unknown);
        assert_eq!(transport.served(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn more_than_twenty_go_in_parts() {
        let (api, transport) = api(json!([]));
        let outcomes = api.batch(&Operation::of(&GET), &calls(45)).await.unwrap();
        assert_eq!(outcomes.len(), 45);
        let sizes: Vec<usize> = transport
            .exchanges()
            .iter()
            .map(|sent| {
                let body: Value = serde_json::from_slice(&sent.body).unwrap();
                body["requests"].as_array().unwrap().len()
            })
            .collect();
        assert_eq!(sizes, [20, 20, 5]);
    }
}
