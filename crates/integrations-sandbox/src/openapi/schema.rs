//! A value, held against its schema.

use serde_json::Value;

use super::OpenApi;

impl OpenApi {
    pub(super) fn body(&self, schema: &Value, body: &[u8], wrong: &mut Vec<String>) {
        match serde_json::from_slice(body) {
            Ok(value) => self.schema(schema, &value, "", wrong),
            Err(error) => wrong.push(format!("the body is no JSON: {error}")),
        }
    }

    fn schema(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        if schema.get("$ref").is_some() {
            return self.schema(self.resolved(schema), value, at, wrong);
        }
        if value.is_null() {
            if schema["nullable"] != true {
                wrong.push(format!("{at} is null"));
            }
            return;
        }
        if let Some(all) = schema["allOf"].as_array() {
            for one in all {
                self.schema(one, value, at, wrong);
            }
            return;
        }
        match schema["type"].as_str() {
            Some("object") => self.object(schema, value, at, wrong),
            Some("array") => match value.as_array() {
                Some(items) => {
                    for (place, item) in items.iter().enumerate() {
                        self.schema(&schema["items"], item, &format!("{at}/{place}"), wrong);
                    }
                }
                None => wrong.push(format!("{at} is no list")),
            },
            Some("string") => match value.as_str() {
                Some(text) => format(at, text, schema, wrong),
                None => wrong.push(format!("{at} is no text")),
            },
            Some("integer") if !value.is_i64() && !value.is_u64() => {
                wrong.push(format!("{at} is no whole number"));
            }
            Some("number") if !value.is_number() => wrong.push(format!("{at} is no number")),
            Some("boolean") if !value.is_boolean() => wrong.push(format!("{at} is no boolean")),
            Some(_) => {}
            None => self.any_of(schema, value, at, wrong),
        }
    }

    /// One of several forms, such as a number that may be text.
    fn any_of(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let Some(all) = schema["anyOf"].as_array() else {
            if let Some(text) = value.as_str() {
                format(at, text, schema, wrong);
            }
            return;
        };
        let fits = |one: &Value| {
            let mut found = Vec::new();
            self.schema(one, value, at, &mut found);
            found.is_empty()
        };
        if !all.iter().any(fits) {
            wrong.push(format!("{at} has none of the forms that are described"));
        }
    }

    fn object(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let Some(fields) = value.as_object() else {
            return wrong.push(format!("{at} is no object"));
        };
        // What is described by its name alone may have anything.
        let Some(properties) = schema["properties"].as_object() else {
            return;
        };
        let kinds: Vec<&Value> = schema["anyOf"].as_array().into_iter().flatten().collect();
        let named = value["@odata.type"]
            .as_str()
            .and_then(|name| name.strip_prefix('#'));
        let derived = kinds.iter().find(|kind| {
            let to = kind["$ref"].as_str().and_then(|to| to.rsplit('/').next());
            let to = to.map(|to| to.split('-').next().unwrap_or(to));
            named.is_some() && to == named
        });
        if let Some(derived) = derived {
            return self.schema(derived, value, at, wrong);
        }
        for (name, value) in fields {
            // Annotations are of the protocol, not of the type.
            if name.contains('@') {
                continue;
            }
            let at = format!("{at}/{name}");
            // Names of an action's parameters are written in two ways by Microsoft's pages.
            let own = properties.get(name).or_else(|| {
                let mut all = properties.iter();
                let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
                found
                    .map(|(_, it)| it)
                    .filter(|_| schema.get("title").is_none())
            });
            let mut kinds = kinds.iter().map(|kind| self.resolved(kind));
            match own.or_else(|| kinds.find_map(|kind| kind["properties"].get(name))) {
                Some(described) => self.schema(described, value, &at, wrong),
                None => wrong.push(format!("{at} is not described")),
            }
        }
        // Of a new resource the document requires the key, which the service gives.
        let new = schema["title"]
            .as_str()
            .is_some_and(|it| it.ends_with("(for create)"));
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            if !new && !fields.contains_key(name) {
                wrong.push(format!("{at}/{name} is missing"));
            }
        }
    }
}

/// The formats and enumerations of texts.
fn format(at: &str, text: &str, schema: &Value, wrong: &mut Vec<String>) {
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    let fits = match schema["format"].as_str() {
        Some("date-time") => text.parse::<jiff::Timestamp>().is_ok(),
        Some("date") => text.parse::<jiff::civil::Date>().is_ok(),
        Some("base64url") => text.chars().all(base64),
        Some("uuid") => text.len() == 36,
        Some("int64") => text.parse::<i64>().is_ok(),
        _ => true,
    };
    let listed = schema["enum"].as_array();
    if !fits || listed.is_some_and(|words| !words.iter().any(|word| word == text)) {
        wrong.push(format!("{at} is {text:?}"));
    }
}
