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

/// Whether two ids are one: "Filtering the string name (`Name`) in the id of an extended property is
/// case-sensitive" (<https://learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get>);
/// what is before it is not.
pub(super) fn same_id(one: &str, other: &str) -> bool {
    let parts = |id: &str| {
        let (set, name) = id.split_once(" Name ").unwrap_or((id, ""));
        (set.to_lowercase(), name.to_owned())
    };
    parts(one) == parts(other)
}

/// Those that `$expand=singleValueExtendedProperties($filter=id eq '...')` asks for.
pub(super) fn expanded(item: &Item, ids: &[String]) -> Value {
    let all = item.properties.iter();
    let wanted = all.filter(|(id, _)| ids.iter().any(|wanted| same_id(wanted, id)));
    wanted
        .map(|(id, value)| json!({"id": id, "value": value}))
        .collect()
}
