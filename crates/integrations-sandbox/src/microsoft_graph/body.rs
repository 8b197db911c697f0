//! The body of an event: HTML unless text is asked for
//! (<https://learn.microsoft.com/graph/api/resources/itembody>).

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::state::Answer;

/// Checks a body that is sent.
pub(super) fn sent(value: &Value) -> Answer {
    if value.is_null() {
        return Ok(json!({"contentType": "html", "content": ""}));
    }
    let kind = value["contentType"]
        .as_str()
        .unwrap_or("text")
        .to_lowercase();
    if !matches!(&*kind, "text" | "html") {
        let words = format!("Requested value '{kind}' was not found.");
        return Err(Refusal::body(words));
    }
    match &value["content"] {
        Value::Null => Ok(json!({"contentType": kind, "content": ""})),
        Value::String(content) => Ok(json!({"contentType": kind, "content": content})),
        _ => Err(Refusal::body("The body's content is no text.")),
    }
}

/// The body in the form that is asked for. How Exchange makes one of the other is not described:
/// text becomes a page that has it, and of HTML the words stay.
pub(super) fn answered(kept: Option<&Value>, text: bool) -> Value {
    let (kind, content) = parts(kept);
    let content = match (text, kind == "html") {
        (true, true) => words(content),
        (true, false) => content.to_owned(),
        (false, _) if content.is_empty() => String::new(),
        (false, true) if content.contains("<html") => content.to_owned(),
        (false, true) => page(content),
        (false, false) => page(&escaped(content)),
    };
    json!({"contentType": if text { "text" } else { "html" }, "content": content})
}

/// "The preview of the message associated with the event. It is in text format." At most 255
/// characters, as that of a message.
pub(super) fn preview(kept: Option<&Value>) -> String {
    let (kind, content) = parts(kept);
    let text = match kind == "html" {
        true => words(content),
        false => content.to_owned(),
    };
    text.chars().take(255).collect()
}

fn parts(kept: Option<&Value>) -> (&str, &str) {
    let part = |name: &str| kept.and_then(|it| it[name].as_str()).unwrap_or_default();
    (part("contentType"), part("content"))
}

fn page(content: &str) -> String {
    format!(
        "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n\
         </head>\r\n<body>\r\n{content}\r\n</body>\r\n</html>\r\n"
    )
}

fn escaped(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.replace("\r\n", "\n").replace('\n', "<br>\r\n")
}

/// The words of HTML.
fn words(html: &str) -> String {
    let html = match html.split_once("</head>") {
        Some((_, behind)) => behind,
        None => html,
    };
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, behind)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, after) = behind.split_once('>').unwrap_or((behind, ""));
        if tag.starts_with("br") || tag.starts_with("/p") || tag.starts_with("/div") {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", "\u{a0}");
    text.replace("&quot;", "\"")
        .replace("&amp;", "&")
        .trim()
        .to_owned()
}
