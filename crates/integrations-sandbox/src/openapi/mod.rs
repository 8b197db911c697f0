//! An OpenAPI document of an OData service, as what requests and answers are held against.
//!
//! Microsoft describes Graph by CSDL, from which OpenAPI is generated in OData's style: an event is
//! `/me/events('{id}')` there, and what is done with it `/graph.accept`. Clients write
//! `/me/events/{id}/accept`, and so both are read as that here; `/users/{id}` is read as `/me`. The
//! documents are Microsoft's and not in this repository: whoever has one at hand reads it here.
//!
//! ```
//! use integrations_sandbox::openapi::OpenApi;
//!
//! let document = r##"{"servers": [{"url": "https://graph.example/v1.0"}], "paths": {
//!     "/me/things('{id_1}')": {"get": {"parameters": [{"name": "$select", "in": "query",
//!         "schema": {"type": "array", "items": {"enum": ["id", "size"]}}}],
//!         "responses": {"200": {"content": {"application/json": {"schema":
//!             {"$ref": "#/components/schemas/thing"}}}}}}}},
//!     "components": {"schemas": {"thing": {"type": "object", "properties": {
//!         "id": {"type": "string"}, "size": {"type": "integer", "nullable": true}}}}}}"##;
//! let openapi = OpenApi::read(document.as_bytes()).unwrap();
//! assert!(openapi.check_request("GET", "/v1.0/users/ada/things/1?$select=size", b"").is_empty());
//! assert_eq!(openapi.check_request("GET", "/v1.0/me/things/1?$select=colour", b"").len(), 1);
//! assert_eq!(openapi.check_answer("GET", "/v1.0/me/things/1", 200, br#"{"size": "big"}"#).len(), 1);
//! ```
//!
//! What such a document does not say is not checked: which status an operation has (it has 204 for
//! every update and action, where Graph's pages have others), and which properties a new resource
//! requires (it has the key alone, which the service gives).

mod schema;

use serde_json::Value;

/// An OpenAPI document.
#[derive(Debug, Clone)]
pub struct OpenApi {
    document: Value,
    prefix: String,
    operations: Vec<Operation>,
}

#[derive(Debug, Clone)]
struct Operation {
    id: String,
    verb: String,
    segments: Vec<String>,
    described: Value,
}

/// Parameters that the service has and its CSDL cannot say: the bounds of the instances of a series,
/// and the tokens of a delta.
const UNSAID: [(&str, &[&str]); 2] = [
    ("instances", &["startDateTime", "endDateTime"]),
    ("delta", &["$deltatoken", "$skiptoken"]),
];

impl OpenApi {
    /// Reads a document.
    ///
    /// # Errors
    /// In words, when it is no OpenAPI document.
    pub fn read(document: &[u8]) -> Result<Self, String> {
        let document: Value = serde_json::from_slice(document).map_err(|e| e.to_string())?;
        let server = document["servers"][0]["url"].as_str().unwrap_or_default();
        let prefix = server.split("://").nth(1).and_then(|it| it.split_once('/'));
        let prefix = prefix.map_or_else(String::new, |(_, path)| format!("/{path}"));
        let mut operations = Vec::new();
        for (path, described) in document["paths"].as_object().into_iter().flatten() {
            let segments = segments(path);
            for (verb, described) in described.as_object().into_iter().flatten() {
                if !described.is_object() {
                    continue;
                }
                operations.push(Operation {
                    id: format!("{} /{}", verb.to_uppercase(), segments.join("/")),
                    verb: verb.to_uppercase(),
                    segments: segments.clone(),
                    described: described.clone(),
                });
            }
        }
        match operations.is_empty() {
            true => Err("the document describes no operations".to_owned()),
            false => Ok(Self {
                document,
                prefix,
                operations,
            }),
        }
    }

    /// Whether there is such an operation.
    #[must_use]
    pub fn describes(&self, verb: &str, path_and_query: &str) -> bool {
        let path = path_and_query.split('?').next().unwrap_or_default();
        self.operation(verb, path).is_some()
    }

    /// What a request has that the document does not describe, in words: no such operation, an
    /// unknown or wrong or missing parameter, a body of another form.
    #[must_use]
    pub fn check_request(&self, verb: &str, path_and_query: &str, body: &[u8]) -> Vec<String> {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let Some(operation) = self.operation(verb, path) else {
            return vec![format!("{verb} {path} is not described")];
        };
        let mut wrong = Vec::new();
        let mut seen = Vec::new();
        let last = operation.segments.last().map_or("", String::as_str);
        let parameters = self.parameters(operation);
        let token = [
            "$deltatoken=",
            "$skiptoken=",
            "%24deltatoken=",
            "%24skiptoken=",
        ];
        let goes_on = last == "delta" && token.iter().any(|token| query.contains(token));
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            // Graph reads names in any case.
            let same = |other: &str| other.eq_ignore_ascii_case(&name);
            let described = parameters
                .iter()
                .find(|it| it["name"].as_str().is_some_and(same));
            let unsaid = UNSAID
                .iter()
                .any(|(of, names)| *of == last && names.iter().any(|name| same(name)));
            match described {
                Some(described) => self.option(&name, &value, described, &mut wrong),
                None if unsaid => {}
                None => wrong.push(format!("the parameter {name} is not described")),
            }
            seen.push(name.to_lowercase());
        }
        for described in &parameters {
            let name = described["name"].as_str().unwrap_or_default();
            let required = described["required"] == true && described["in"] == "query";
            if required && !goes_on && !seen.contains(&name.to_lowercase()) {
                wrong.push(format!("the parameter {name} is missing"));
            }
        }
        let schema = &operation.described["requestBody"]["content"]["application/json"]["schema"];
        match (schema.is_object(), body.is_empty()) {
            (true, false) => self.body(schema, body, &mut wrong),
            // The parameters of an action may all be left out.
            (true, true) if schema.get("$ref").is_none() => {}
            (true, true) => wrong.push("the body is missing".to_owned()),
            (false, false) => wrong.push("a body where none is described".to_owned()),
            (false, true) => {}
        }
        label(&operation.id, wrong)
    }

    /// What an answer has that the document does not describe, in words. An error is held against
    /// the form of errors.
    #[must_use]
    pub fn check_answer(
        &self,
        verb: &str,
        path_and_query: &str,
        status: u16,
        body: &[u8],
    ) -> Vec<String> {
        let path = path_and_query.split('?').next().unwrap_or_default();
        let Some(operation) = self.operation(verb, path) else {
            return vec![format!("{verb} {path} is not described")];
        };
        let mut wrong = Vec::new();
        let schema = match status {
            400.. => self.document["components"]["schemas"]["error"].clone(),
            _ => self.answered(operation),
        };
        match (schema.is_object(), body.is_empty()) {
            (true, false) => self.body(&schema, body, &mut wrong),
            (true, true) => wrong.push("the body is missing".to_owned()),
            (false, false) => wrong.push("a body where none is described".to_owned()),
            (false, true) => {}
        }
        label(&operation.id, wrong)
    }

    /// The form of a success. An update is described without an answer, and Graph answers the
    /// resource: that of reading it.
    fn answered(&self, operation: &Operation) -> Value {
        let of = |operation: &Operation| {
            let all = operation.described["responses"]
                .as_object()
                .into_iter()
                .flatten();
            let mut good = all.filter(|(code, _)| code.starts_with('2'));
            let schema =
                good.find_map(|(_, it)| it["content"]["application/json"].get("schema").cloned());
            schema.unwrap_or_default()
        };
        let reading = || {
            let mut all = self.operations.iter();
            all.find(|it| it.verb == "GET" && it.segments == operation.segments)
        };
        match operation.verb.as_str() {
            "PATCH" => reading().map(of).unwrap_or_default(),
            _ => of(operation),
        }
    }

    fn operation(&self, verb: &str, path: &str) -> Option<&Operation> {
        let path = path.strip_prefix(&self.prefix)?;
        let mut given: Vec<String> = segments(path);
        if given.first().is_some_and(|first| first == "users") && given.len() > 1 {
            given.splice(0..2, ["me".to_owned()]);
        }
        let fits = |operation: &&Operation| {
            let each = operation.segments.iter().zip(&given);
            operation.verb == verb
                && operation.segments.len() == given.len()
                && each.into_iter().all(|(described, given)| {
                    described == "{id}" && !given.is_empty()
                        || described.eq_ignore_ascii_case(given)
                })
        };
        // `calendarView/delta` is not the event named `delta`: a fixed word goes before a key.
        let keys = |operation: &&Operation| {
            let keys = operation
                .segments
                .iter()
                .filter(|segment| *segment == "{id}");
            keys.count()
        };
        self.operations.iter().filter(fits).min_by_key(keys)
    }

    fn parameters<'v>(&'v self, operation: &'v Operation) -> Vec<&'v Value> {
        let own = operation.described["parameters"]
            .as_array()
            .into_iter()
            .flatten();
        own.map(|one| self.resolved(one)).collect()
    }

    fn resolved<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value["$ref"].as_str().and_then(|to| to.strip_prefix('#')) {
            Some(pointer) => self.document.pointer(pointer).unwrap_or(value),
            None => value,
        }
    }

    /// An option of a query: of a list of names every one.
    fn option(&self, name: &str, value: &str, described: &Value, wrong: &mut Vec<String>) {
        let schema = &described["schema"];
        let fits = match schema["type"].as_str() {
            Some("integer") => value.parse::<u64>().is_ok(),
            Some("boolean") => matches!(value, "true" | "false"),
            _ => true,
        };
        if !fits {
            wrong.push(format!("the parameter {name} is {value:?}"));
        }
        let Some(listed) = schema["items"]["enum"].as_array() else {
            return;
        };
        for one in outside(value) {
            // `singleValueExtendedProperties($filter=...)`
            let bare = one.split('(').next().unwrap_or(one);
            if !listed.iter().any(|word| word == bare) {
                wrong.push(format!("the parameter {name} names {bare:?}"));
            }
        }
    }
}

/// The segments of a path, keys and names of operations as clients write them.
fn segments(path: &str) -> Vec<String> {
    let path = path
        .trim_matches('/')
        .replace("('{", "/{")
        .replace("}')", "}");
    let bare = |segment: &str| {
        let segment = segment.strip_prefix("graph.").unwrap_or(segment);
        let segment = segment.strip_suffix("()").unwrap_or(segment);
        match segment.starts_with('{') {
            true => "{id}".to_owned(),
            false => segment.to_owned(),
        }
    };
    path.split('/').map(bare).collect()
}

/// The parts of a list, whose commas in brackets are none.
fn outside(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    text.split(move |c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    })
    .map(str::trim)
}

fn label(operation: &str, wrong: Vec<String>) -> Vec<String> {
    let label = |what| format!("{operation}: {what}");
    wrong.into_iter().map(label).collect()
}
