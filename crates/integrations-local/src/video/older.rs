//! The file of meetings as earlier versions wrote it.

use integrations_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::account::Account;

/// The shape of the file that is written now. A file without a version is of shape 0.
pub(super) const VERSION: u64 = 1;

/// Reads a file of any version, and whether it is of an earlier one.
///
/// # Errors
/// `Decode` when it is damaged; `Config` when a later program wrote it.
pub(super) fn read(text: &[u8]) -> Result<(Account, bool)> {
    let damaged = |error: serde_json::Error| {
        // Not in the parser's words: they repeat what is in the file, and passcodes are.
        let (line, column) = (error.line(), error.column());
        let what = match line {
            0 => "it is damaged".to_owned(),
            _ => format!("it is damaged at line {line}, column {column}"),
        };
        Error::new(ErrorKind::Decode, what)
    };
    let mut file: Value = serde_json::from_slice(text).map_err(damaged)?;
    let version = file.get("version").and_then(Value::as_u64).unwrap_or(0);
    match version {
        0 => from_0(&mut file),
        VERSION => {}
        later => {
            let what = format!("it is of version {later}, and this program knows {VERSION}");
            return Err(Error::new(ErrorKind::Config, what)
                .with_advice("open it with the program that wrote it"));
        }
    }
    if let Some(file) = file.as_object_mut() {
        file.insert("version".into(), VERSION.into());
    }
    let account = serde_json::from_value(file).map_err(damaged)?;
    Ok((account, version < VERSION))
}

/// Shape 0: a word that is not known was `{"other": word}` and is the word now, and webinars had no
/// settings, registrants or link of the host's own.
fn from_0(value: &mut Value) {
    let webinars = value.get_mut("webinars").and_then(Value::as_object_mut);
    for webinar in webinars.into_iter().flat_map(|all| all.values_mut()) {
        let Some(webinar) = webinar.as_object_mut() else {
            continue;
        };
        let code = uuid::Uuid::new_v4().simple().to_string();
        for (name, value) in [
            ("host_code", Value::String(code)),
            ("settings", serde_json::json!({})),
            ("registrants", serde_json::json!([])),
        ] {
            webinar.entry(name).or_insert(value);
        }
    }
    plain_words(value);
}

fn plain_words(value: &mut Value) {
    if let Some(word) = other(value) {
        *value = Value::String(word);
    }
    match value {
        Value::Array(all) => all.iter_mut().for_each(plain_words),
        Value::Object(all) => all.values_mut().for_each(plain_words),
        _ => {}
    }
}

/// The word of `{"other": word}`.
fn other(value: &Value) -> Option<String> {
    let all = value.as_object().filter(|all| all.len() == 1)?;
    all.get("other")?.as_str().map(str::to_owned)
}
