//! GitHub's own OpenAPI description, where it is at hand.

use std::path::PathBuf;

use serde_json::Value;

/// The part of it that is about applications and users. Says so when it is not there.
fn spec() -> Option<Value> {
    let named = std::env::var_os("INTEGRATIONS_SPECS").map(PathBuf::from);
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    let path = named.unwrap_or_else(beside);
    let path = path.join("github/api.github.com.auth-slice.json");
    match std::fs::read(&path) {
        Ok(text) => Some(serde_json::from_slice(&text).unwrap()),
        Err(_) => {
            eprintln!("skipped: GitHub's specification is not there; set INTEGRATIONS_SPECS");
            None
        }
    }
}

/// Follows references, to what is meant.
fn resolve<'s>(spec: &'s Value, mut value: &'s Value) -> &'s Value {
    while let Some(link) = value.get("$ref").and_then(Value::as_str) {
        value = spec.pointer(link.trim_start_matches('#')).unwrap();
    }
    value
}

/// The names that an answer can have, however it is put together.
fn names(spec: &Value, schema: &Value, found: &mut Vec<String>) {
    let schema = resolve(spec, schema);
    let own = schema.get("properties").and_then(Value::as_object);
    found.extend(own.into_iter().flatten().map(|(name, _)| name.clone()));
    for list in ["allOf", "anyOf", "oneOf"] {
        for part in schema
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            names(spec, part, found);
        }
    }
    if let Some(items) = schema.get("items") {
        names(spec, items, found);
    }
}

/// evidence: github: revoke: vendor specification: GitHub's OpenAPI description
/// evidence: github: introspect: vendor specification: GitHub's OpenAPI description
/// evidence: github: user_profile: vendor specification: GitHub's OpenAPI description
#[test]
fn every_request_of_the_api_is_one_that_github_describes() {
    let Some(spec) = spec() else {
        return;
    };
    // Not in the part that is at hand.
    let elsewhere = ["/orgs/{org}/members"];
    let mut seen = 0;
    for operation in integrations_github::factory().operations() {
        let Some((method, path)) = operation.request.split_once(" /") else {
            continue;
        };
        let path = format!("/{path}");
        if path.starts_with("/.well-known") || elsewhere.contains(&&*path) {
            continue;
        }
        let described = &spec["paths"][&path][method.to_ascii_lowercase()];
        assert!(
            described.is_object(),
            "{} is not described",
            operation.request
        );
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[test]
fn every_field_that_is_read_is_in_the_answers() {
    let Some(spec) = spec() else {
        return;
    };
    for (path, method, read) in [
        (
            "/user",
            "get",
            &["id", "login", "name", "email", "avatar_url"][..],
        ),
        ("/user/emails", "get", &["email", "primary", "verified"]),
        ("/user/orgs", "get", &["login"]),
        (
            "/applications/{client_id}/token",
            "post",
            &["scopes", "user", "created_at", "expires_at", "token"],
        ),
    ] {
        let answer = &spec["paths"][path][method]["responses"]["200"];
        let answer = resolve(&spec, answer);
        let mut found = Vec::new();
        names(
            &spec,
            &answer["content"]["application/json"]["schema"],
            &mut found,
        );
        for name in read {
            assert!(
                found.iter().any(|one| one == name),
                "{path}: {name} is not in {found:?}"
            );
        }
    }
    let body = &spec["paths"]["/applications/{client_id}/token"]["delete"]["requestBody"];
    let mut sent = Vec::new();
    names(
        &spec,
        &resolve(&spec, body)["content"]["application/json"]["schema"],
        &mut sent,
    );
    assert_eq!(sent, ["access_token"]);
}
