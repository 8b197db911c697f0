//! A vendor's discovery document, as what requests and answers are held against.
//!
//! Google describes its APIs by documents of this form
//! (<https://developers.google.com/discovery/v1/reference/apis>): methods with their parameters, and
//! schemas in a part of JSON Schema. The documents are Google's and not in this repository: whoever
//! has one at hand reads it here.
//!
//! ```
//! use integrations_sandbox::discovery::Discovery;
//!
//! let document = r#"{"servicePath": "v1/", "parameters": {}, "schemas": {"Thing": {"type": "object",
//!     "properties": {"id": {"type": "string"}}}}, "resources": {"things": {"methods": {"get": {
//!     "httpMethod": "GET", "path": "things/{id}", "response": {"$ref": "Thing"},
//!     "parameters": {"id": {"location": "path", "type": "string", "required": true}}}}}}}"#;
//! let discovery = Discovery::read(document.as_bytes()).unwrap();
//! assert!(discovery.check_request("GET", "/v1/things/1", b"").is_empty());
//! assert_eq!(discovery.check_request("GET", "/v1/things/1?fast=yes", b"").len(), 1);
//! assert_eq!(discovery.check_answer("GET", "/v1/things/1", br#"{"id": 1}"#).len(), 1);
//! ```

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A discovery document.
#[derive(Debug, Clone)]
pub struct Discovery {
    document: Value,
    methods: Vec<Method>,
}

#[derive(Debug, Clone)]
struct Method {
    id: String,
    verb: String,
    segments: Vec<String>,
    described: Value,
}

impl Discovery {
    /// Reads a document.
    ///
    /// # Errors
    /// In words, when it is no discovery document.
    pub fn read(document: &[u8]) -> Result<Self, String> {
        let document: Value = serde_json::from_slice(document).map_err(|e| e.to_string())?;
        let mut methods = Vec::new();
        resources(&document, &mut methods);
        if methods.is_empty() {
            return Err("the document describes no methods".to_owned());
        }
        Ok(Self { document, methods })
    }

    /// What a request has that the document does not describe, in words: no such method, an unknown
    /// or wrong or missing parameter, a body of another form.
    #[must_use]
    pub fn check_request(&self, verb: &str, path_and_query: &str, body: &[u8]) -> Vec<String> {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let Some(method) = self.method(verb, path) else {
            return vec![format!("{verb} {path} is not described")];
        };
        let mut wrong = Vec::new();
        let mut seen = Vec::new();
        let own = &method.described["parameters"];
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let described = [own, &self.document["parameters"]]
                .into_iter()
                .find_map(|parameters| parameters.get(&*name));
            match described {
                Some(described) => parameter(&name, &value, described, &mut wrong),
                None => wrong.push(format!("the parameter {name} is not described")),
            }
            seen.push(name.into_owned());
        }
        for (name, described) in own.as_object().into_iter().flatten() {
            let required = described["required"] == true && described["location"] == "query";
            if required && !seen.contains(name) {
                wrong.push(format!("the parameter {name} is missing"));
            }
        }
        match method.described["request"]["$ref"].as_str() {
            Some(schema) => self.body(schema, body, &mut wrong),
            None if body.is_empty() => {}
            None => wrong.push("a body where none is described".to_owned()),
        }
        label(&method.id, wrong)
    }

    /// What a successful answer has that the document does not describe, in words.
    #[must_use]
    pub fn check_answer(&self, verb: &str, path_and_query: &str, body: &[u8]) -> Vec<String> {
        let path = path_and_query.split('?').next().unwrap_or_default();
        let Some(method) = self.method(verb, path) else {
            return vec![format!("{verb} {path} is not described")];
        };
        let mut wrong = Vec::new();
        match method.described["response"]["$ref"].as_str() {
            Some(schema) => self.body(schema, body, &mut wrong),
            None if body.is_empty() => {}
            None => wrong.push("a body where none is described".to_owned()),
        }
        label(&method.id, wrong)
    }

    fn body(&self, schema: &str, body: &[u8], wrong: &mut Vec<String>) {
        match serde_json::from_slice(body) {
            Ok(value) => self.schema(&self.document["schemas"][schema], &value, "", wrong),
            Err(error) => wrong.push(format!("the body is no JSON: {error}")),
        }
    }

    fn method(&self, verb: &str, path: &str) -> Option<&Method> {
        let service = self.document["servicePath"].as_str().unwrap_or_default();
        let path = path.trim_start_matches('/');
        let path = path.strip_prefix(service)?;
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |method: &&Method| {
            method.verb == verb
                && method.segments.len() == segments.len()
                && method
                    .segments
                    .iter()
                    .zip(&segments)
                    .all(|(described, given)| {
                        described.starts_with('{') && !given.is_empty() || described == given
                    })
        };
        // `events/import` is not the event named `import`: a fixed word goes before a variable.
        let fixed = |method: &&Method| {
            method
                .segments
                .iter()
                .filter(|s| s.starts_with('{'))
                .count()
        };
        self.methods.iter().filter(fits).min_by_key(fixed)
    }

    fn schema(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            return self.schema(&self.document["schemas"][name], value, at, wrong);
        }
        // An update clears a field by null; a patch does too.
        if value.is_null() {
            return;
        }
        match schema["type"].as_str().unwrap_or("any") {
            "object" => {
                let Some(fields) = value.as_object() else {
                    return wrong.push(format!("{at} is no object"));
                };
                for (name, value) in fields {
                    let at = format!("{at}/{name}");
                    match schema["properties"].get(name) {
                        Some(described) => self.schema(described, value, &at, wrong),
                        None if schema["additionalProperties"].is_object() => {
                            self.schema(&schema["additionalProperties"], value, &at, wrong);
                        }
                        None => wrong.push(format!("{at} is not described")),
                    }
                }
            }
            "array" => match value.as_array() {
                Some(items) => {
                    for (place, item) in items.iter().enumerate() {
                        self.schema(&schema["items"], item, &format!("{at}/{place}"), wrong);
                    }
                }
                None => wrong.push(format!("{at} is no list")),
            },
            "string" => match value.as_str() {
                Some(text) => format(at, text, schema, wrong),
                None => wrong.push(format!("{at} is no text")),
            },
            "integer" if !value.is_i64() && !value.is_u64() => {
                wrong.push(format!("{at} is no whole number"));
            }
            "number" if !value.is_number() => wrong.push(format!("{at} is no number")),
            "boolean" if !value.is_boolean() => wrong.push(format!("{at} is no boolean")),
            _ => {}
        }
    }
}

fn label(method: &str, wrong: Vec<String>) -> Vec<String> {
    wrong
        .into_iter()
        .map(|what| format!("{method}: {what}"))
        .collect()
}

fn resources(of: &Value, methods: &mut Vec<Method>) {
    for (name, resource) in of["resources"].as_object().into_iter().flatten() {
        for (own, described) in resource["methods"].as_object().into_iter().flatten() {
            let path = described["path"].as_str().unwrap_or_default();
            methods.push(Method {
                id: format!("{name}.{own}"),
                verb: described["httpMethod"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                segments: path.split('/').map(str::to_owned).collect(),
                described: described.clone(),
            });
        }
        resources(resource, methods);
    }
}

fn parameter(name: &str, value: &str, described: &Value, wrong: &mut Vec<String>) {
    let fits = match described["type"].as_str() {
        Some("boolean") => matches!(value, "true" | "false"),
        Some("integer") => value.parse::<i64>().is_ok(),
        _ => true,
    };
    if !fits {
        wrong.push(format!("the parameter {name} is {value:?}"));
    }
    format(&format!("the parameter {name}"), value, described, wrong);
}

/// The formats and enumerations of texts.
fn format(at: &str, text: &str, schema: &Value, wrong: &mut Vec<String>) {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    let fits = match schema["format"].as_str() {
        // An event's time may have no offset when it names a zone, which the schema does not say.
        Some("date-time") => {
            decoded.parse::<jiff::Timestamp>().is_ok()
                || decoded.parse::<jiff::civil::DateTime>().is_ok()
        }
        Some("date") => decoded.parse::<jiff::civil::Date>().is_ok(),
        Some("int64") => decoded.parse::<i64>().is_ok(),
        _ => true,
    };
    let listed = schema["enum"].as_array();
    if !fits || listed.is_some_and(|words| !words.iter().any(|word| word == text)) {
        wrong.push(format!("{at} is {text:?}"));
    }
}
