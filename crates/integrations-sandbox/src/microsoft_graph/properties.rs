//! Extended properties with a single value
//! (<https://learn.microsoft.com/graph/api/resources/extended-properties-overview>).

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::state::{Answer, Item};

/// Keeps what is sent; a property whose value is `null` goes.
pub(super) fn set(item: &mut Item, sent: &Value) -> Answer<()> {
    let list = sent.as_array().ok_or_else(|| {
        Refusal::body("The property 'singleValueExtendedProperties' is no collection.")
    })?;
    for one in list {
        let id = one["id"].as_str().unwrap_or_default();
        if !is_id(id) {
            let words = format!("The extended property id '{id}' is not valid.");
            return Err(Refusal::new(400, "ErrorInvalidProperty", words));
        }
        match &one["value"] {
            Value::Null => item.properties.remove(id),
            Value::String(value) => item.properties.insert(id.to_owned(), value.clone()),
            _ => return Err(Refusal::body("The value of an extended property is text.")),
        };
    }
    Ok(())
}

/// `{type} {guid} Name {name}`, `{type} {guid} Id {id}`, or `{type} {proptag}` (the page).
fn is_id(id: &str) -> bool {
    let parts: Vec<&str> = id.splitn(4, ' ').collect();
    let kind = matches!(
        parts.first().copied(),
        Some(
            "String" | "Integer" | "Boolean" | "Double" | "Long" | "SystemTime" | "CLSID" | "Short"
        )
    );
    let guid = |text: &str| {
        let bare = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        bare.is_some_and(|bare| {
            bare.len() == 36 && bare.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        })
    };
    kind && match &parts[1..] {
        [set, "Name", name] => guid(set) && !name.is_empty(),
        [set, "Id", number] => guid(set) && number.starts_with("0x"),
        [tag] => tag.starts_with("0x"),
        _ => false,
    }
}

/// Those that `$expand=singleValueExtendedProperties($filter=id eq '...')` asks for: "only the
/// ones that match the filter", and none without one.
pub(super) fn expanded(item: &Item, ids: &[String]) -> Value {
    let wanted = item.properties.iter().filter(|(id, _)| {
        let same = |wanted: &String| wanted.eq_ignore_ascii_case(id);
        ids.iter().any(same)
    });
    wanted
        .map(|(id, value)| json!({"id": id, "value": value}))
        .collect()
}
