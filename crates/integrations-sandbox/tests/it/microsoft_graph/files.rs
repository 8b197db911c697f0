//! Attachments (<https://learn.microsoft.com/graph/outlook-large-attachments>).

use super::*;

/// Three megabytes and a little, of which no two parts are equal.
fn content() -> Vec<u8> {
    (0..(3_u32 << 18) + 5).flat_map(u32::to_be_bytes).collect()
}

fn put(graph: &MicrosoftGraph, verb: &str, url: &str, range: &str, body: &[u8]) -> Response<Bytes> {
    let mut request = Request::builder()
        .method(verb)
        .uri(url.replace('\'', "%27"));
    if !range.is_empty() {
        request = request.header("content-range", range);
    }
    let body = Bytes::copy_from_slice(body);
    graph.answer(request.body(body).unwrap())
}

fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// An event and the address of its attachments.
fn with_files(graph: &MicrosoftGraph) -> String {
    let made = create(graph, &event("Files", 1, 9));
    format!("me/events/{}/attachments", text(&made, "id"))
}

#[test]
fn a_small_file_is_sent_at_once_and_a_large_one_is_not() {
    let (graph, _) = clocked();
    let files = with_files(&graph);
    let file = |content: &str| {
        json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt",
            "contentType": "text/plain", "contentBytes": content})
    };
    let made = ask(&graph, Method::POST, &files, &file("aGVsbG8="));
    assert_eq!((made.status.as_u16(), &made.json["size"]), (201, &json!(5)));
    let one = format!("{files}/{}", text(&made.json, "id"));
    let raw = get(&graph, &format!("{one}/$value"));
    assert_eq!(raw.response.body().as_ref(), b"hello");
    assert_eq!(raw.response.headers()["content-type"], "text/plain");
    let listed = get(&graph, &format!("{files}?$select=name")).json;
    assert_eq!(listed["value"][0]["name"], "a.txt");
    assert!(listed["value"][0].get("contentBytes").is_none());
    let event = files.trim_end_matches("/attachments");
    assert_eq!(get(&graph, event).json["hasAttachments"], true);
    assert_eq!(ask(&graph, Method::DELETE, &one, &Value::Null).status, 204);
    assert_eq!(get(&graph, &one).code(), (404, "ErrorItemNotFound"));
    // "If the file size is under 3 MB, do a single POST."
    for (content, status) in [("?", 400), (&*"AAAA".repeat(1 << 20), 413)] {
        assert_eq!(
            ask(&graph, Method::POST, &files, &file(content)).status,
            status
        );
    }
    let link = json!({"@odata.type": "#microsoft.graph.referenceAttachment", "name": "x"});
    assert_eq!(ask(&graph, Method::POST, &files, &link).status, 400);
}

#[test]
fn a_large_file_comes_in_order_and_can_be_gone_on_with() {
    let (graph, now) = clocked();
    let files = with_files(&graph);
    let content = content();
    let size = content.len();
    let begin = |size: usize| {
        let item =
            json!({"AttachmentItem": {"attachmentType": "file", "name": "big", "size": size}});
        ask(
            &graph,
            Method::POST,
            &format!("{files}/createUploadSession"),
            &item,
        )
    };
    let code = "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize";
    assert_eq!(begin((3 << 20) - 1).code(), (400, code));
    assert_eq!(begin((150 << 20) + 1).status, 413);
    let session = begin(size);
    assert_eq!(session.status, 201);
    assert_eq!(session.json["nextExpectedRanges"], json!(["0-"]));
    let url = text(&session.json, "uploadUrl").to_owned();
    let send = |from: usize, to: usize| {
        let range = format!("bytes {from}-{}/{size}", to - 1);
        put(&graph, "PUT", &url, &range, &content[from..to])
    };
    let first = send(0, 1 << 20);
    assert_eq!(first.status(), 200);
    // As the page has it: a place, and no range.
    assert_eq!(json_of(&first)["nextExpectedRanges"], json!(["1048576"]));
    // A part that was lost on its way back is not taken twice; what is next can be asked.
    assert_eq!(send(0, 1 << 20).status(), 416);
    assert_eq!(send(2 << 20, size).status(), 416);
    let asked = put(&graph, "GET", &url, "", b"");
    assert_eq!(
        json_of(&asked)["nextExpectedRanges"],
        json!([format!("1048576-{}", size - 1)])
    );
    let range = format!("bytes 1048576-{}/{size}", size - 1);
    assert_eq!(put(&graph, "PUT", &url, &range, b"short").status(), 400);
    assert_eq!(
        put(&graph, "PUT", &url, "", &content[1 << 20..]).status(),
        400
    );
    let token = Request::put(url.replace('\'', "%27"));
    let token = token.header("authorization", format!("Bearer {TOKEN}"));
    let refused = graph.answer(token.body(Bytes::new()).unwrap());
    assert_eq!(refused.status(), 401);
    let effects = graph.effects();
    let last = send(1 << 20, size);
    assert_eq!((last.status().as_u16(), last.body().len()), (201, 0));
    assert_eq!(graph.effects(), effects + 1);
    let place = last.headers()["location"].to_str().unwrap();
    let id = place.rsplit('\'').nth(1).unwrap();
    let raw = get(&graph, &format!("{files}/{id}/$value"));
    assert_eq!(raw.response.body().as_ref(), content);
    assert_eq!(send(1 << 20, size).status(), 404);
    let session = begin(size).json;
    let url = text(&session, "uploadUrl");
    assert_eq!(put(&graph, "DELETE", url, "", b"").status(), 204);
    assert_eq!(put(&graph, "GET", url, "", b"").status(), 404);
    let session = begin(size).json;
    *now.lock().unwrap() += SignedDuration::from_hours(24);
    assert_eq!(
        put(&graph, "GET", text(&session, "uploadUrl"), "", b"").status(),
        404
    );
}
