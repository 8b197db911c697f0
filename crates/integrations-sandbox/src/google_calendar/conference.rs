//! Conferences: asked for in one request, and there in a later answer.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::state::{Answer, Fields};

/// Checks what was sent, and begins a conference that was asked for. `before` is the event's own.
pub(super) fn write(fields: &mut Fields, before: Option<&Value>) -> Answer<()> {
    let Some(data) = fields
        .get_mut("conferenceData")
        .filter(|data| data.is_object())
    else {
        return Ok(());
    };
    let Some(request) = data.get("createRequest").cloned() else {
        let has = |name: &str| data.get(name).is_some_and(|it| !it.is_null());
        let points = data.get("entryPoints").and_then(Value::as_array);
        // "Either conferenceSolution and at least one entryPoint, or createRequest is required."
        // (discovery document, `ConferenceData`).
        if has("conferenceSolution") && points.is_some_and(|points| !points.is_empty()) {
            return Ok(());
        }
        return Err(Refusal::invalid("Invalid conference data."));
    };
    let id = |of: &Value| of["requestId"].as_str().map(str::to_owned);
    let Some(wanted) = id(&request) else {
        return Err(Refusal::invalid("Missing conference request id."));
    };
    // "If an ID provided is the same as for the previous request, the request is ignored."
    if let Some(before) = before
        && id(&before["createRequest"]) == Some(wanted)
    {
        *data = before.clone();
        return Ok(());
    }
    data["createRequest"]["status"] = json!({"statusCode": "pending"});
    Ok(())
}

/// Ends a conference's making: "the data is generated asynchronously", here by the first read.
/// Whether something changed.
pub(super) fn settle(fields: &mut Fields) -> bool {
    let Some(data) = fields.get_mut("conferenceData") else {
        return false;
    };
    if data["createRequest"]["status"]["statusCode"] != "pending" {
        return false;
    }
    let mut request = data["createRequest"].clone();
    request["status"] = json!({"statusCode": "success"});
    let uri = "https://meet.google.com/abc-defg-hij";
    *data = json!({
        "createRequest": request,
        "conferenceId": "abc-defg-hij",
        "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
        "entryPoints": [{"entryPointType": "video", "uri": uri, "label": "meet.google.com/abc-defg-hij"}],
    });
    fields.insert("hangoutLink".into(), uri.into());
    true
}
