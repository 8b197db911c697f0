//! Several requests in one (<https://learn.microsoft.com/graph/json-batching>).

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Request, Response};
use serde_json::{Value, json};

use super::MicrosoftGraph;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{has_token, origin};
use super::state::{Answer, Fields};

/// "JSON batch requests are currently limited to 20 individual requests."
const MOST: usize = 20;

pub(super) fn answer(graph: &MicrosoftGraph, request: &Request<Bytes>) -> Answer<Reply> {
    if !has_token(request) {
        return Err(Refusal::credentials());
    }
    let bad = |words: &str| Refusal::new(400, "BadRequest", words);
    if request.method() != http::Method::POST {
        return Err(Refusal::new(
            405,
            "BadRequest",
            "The method is not allowed.",
        ));
    }
    let body: Value = serde_json::from_slice(request.body())
        .map_err(|_| bad("Unable to read the batch request."))?;
    let parts = body["requests"]
        .as_array()
        .filter(|parts| !parts.is_empty());
    let parts = parts.ok_or_else(|| bad("The batch has no requests."))?;
    if parts.len() > MOST {
        return Err(bad(
            "Number of batch request steps exceeds the maximum value of 20.",
        ));
    }
    // All are read before the first is carried out.
    let mut ids: Vec<String> = Vec::new();
    let mut requests = Vec::new();
    for part in parts {
        // "Not case-sensitive. Must be unique in the batch, otherwise, the batch request fails with
        // a 400 error code."
        let id = part["id"].as_str().map(str::to_lowercase);
        let id = id.filter(|id| !id.is_empty() && !ids.contains(id));
        let id = id.ok_or_else(|| bad("Every request of a batch has an id of its own."))?;
        if !depends(part).all(|on| ids.contains(&on)) {
            return Err(bad("A request depends on one that is not before it."));
        }
        if !part["method"].is_string() || !part["url"].is_string() {
            return Err(bad("Every request of a batch has a method and a url."));
        }
        // "When a body is included with the request, the headers object must contain a value for
        // Content-Type."
        let typed = headers(part).any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if part.get("body").is_some_and(|body| !body.is_null()) && !typed {
            return Err(bad("A request with a body needs the header Content-Type."));
        }
        requests.push(single(request, part)?);
        ids.push(id);
    }
    let mut done: HashMap<String, u16> = HashMap::new();
    let mut responses = Vec::new();
    for ((part, id), single) in parts.iter().zip(ids).zip(&requests) {
        let ready = depends(part).all(|on| done.get(&on).is_some_and(|code| *code < 400));
        let response = match ready {
            true => graph.one(single),
            // "If an individual request fails, any request that depends on that request fails with
            // status code 424 (Failed Dependency)."
            false => {
                let words = "The request depends on one that failed.";
                graph.refused(request, Refusal::new(424, "FailedDependency", words))
            }
        };
        done.insert(id, response.status().as_u16());
        responses.push(shown(&part["id"], &response));
    }
    // "Individual responses might appear in a different order than the requests": so that a client
    // that goes by their order is found, they always do.
    responses.reverse();
    Ok(Reply::json(200, json!({ "responses": responses })))
}

fn depends(part: &Value) -> impl Iterator<Item = String> {
    let list = part["dependsOn"].as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_lowercase)
}

fn headers(part: &Value) -> impl Iterator<Item = (&String, &str)> {
    let all = part["headers"].as_object().into_iter().flatten();
    all.filter_map(|(name, value)| Some((name, value.as_str()?)))
}

/// One of the requests by itself: with the token of the batch.
fn single(batch: &Request<Bytes>, part: &Value) -> Answer<Request<Bytes>> {
    let url = part["url"]
        .as_str()
        .unwrap_or_default()
        .trim_start_matches('/');
    let mut made = Request::builder()
        .method(part["method"].as_str().unwrap_or_default())
        .uri(format!("{}/v1.0/{url}", origin(batch)));
    for name in [AUTHORIZATION, HOST] {
        if let Some(value) = batch.headers().get(&name) {
            made = made.header(name, value);
        }
    }
    for (name, value) in headers(part) {
        made = made.header(name, value);
    }
    let body = match &part["body"] {
        Value::Null => Bytes::new(),
        body => body.to_string().into(),
    };
    let wrong = |_| Refusal::new(400, "BadRequest", "A request of the batch is no request.");
    made.body(body).map_err(wrong)
}

fn shown(id: &Value, response: &Response<Bytes>) -> Value {
    let mut headers = Fields::new();
    for (name, value) in response.headers() {
        let words = name.as_str().split('-').map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            format!("{}{rest}", first.to_uppercase())
        });
        let name = words.collect::<Vec<_>>().join("-");
        headers.insert(name, value.to_str().unwrap_or_default().into());
    }
    let kind = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|it| it.to_str().ok());
    let json = kind.is_some_and(|kind| kind.starts_with("application/json"));
    let mut made = json!({"id": id, "status": response.status().as_u16(), "headers": headers});
    if json {
        made["body"] = serde_json::from_slice(response.body()).unwrap_or_default();
    } else if !response.body().is_empty() {
        // What is no JSON, is in base64.
        made["body"] = STANDARD.encode(response.body()).into();
    }
    made
}
