//! A value in the form of its field.

use super::{Field, FieldKind, ProblemKind};

/// Yes or no, in the forms that [`FieldKind::Bool`] takes.
pub(super) fn as_bool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Brings a value into its field's form.
pub(super) fn check(
    field: &Field,
    value: toml::Value,
) -> Result<toml::Value, (ProblemKind, String)> {
    let wrong = || {
        let text = format!("must be {}", field.kind.describe());
        (ProblemKind::Invalid, text)
    };
    let value = match (field.kind, value) {
        (FieldKind::Text, toml::Value::String(text)) => toml::Value::String(text),
        (FieldKind::Bool, toml::Value::Boolean(value)) => toml::Value::Boolean(value),
        (FieldKind::Bool, toml::Value::String(text)) => {
            toml::Value::Boolean(as_bool(&text).ok_or_else(wrong)?)
        }
        (FieldKind::Integer, toml::Value::Integer(value)) => toml::Value::Integer(value),
        (FieldKind::Integer, toml::Value::String(text)) => {
            toml::Value::Integer(text.trim().parse().map_err(|_| wrong())?)
        }
        (FieldKind::List, toml::Value::Array(items)) if items.iter().all(toml::Value::is_str) => {
            toml::Value::Array(items)
        }
        (FieldKind::List, toml::Value::String(text)) => toml::Value::Array(
            text.split(',')
                .map(|item| toml::Value::String(item.trim().to_owned()))
                .collect(),
        ),
        _ => return Err(wrong()),
    };
    let texts = match &value {
        toml::Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    for text in texts.iter().filter_map(toml::Value::as_str) {
        if text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t')
        {
            return Err((
                ProblemKind::Invalid,
                "has control characters in it".to_owned(),
            ));
        }
        if !field.secret && looks_secret(text) {
            let text = "holds what looks like a secret, and this field is shown to people; \
                        put it into the right field, and replace the secret if this one was shared";
            return Err((ProblemKind::MisplacedSecret, text.to_owned()));
        }
    }
    Ok(value)
}

/// Whether text has the documented prefix of a vendor's secret: Stripe, SendGrid, Mailgun, GitHub,
/// Google, PEM.
fn looks_secret(text: &str) -> bool {
    const PREFIXES: [&str; 14] = [
        "sk_live_",
        "sk_test_",
        "rk_live_",
        "rk_test_",
        "whsec_",
        "SG.",
        "key-",
        "ghp_",
        "gho_",
        "ghs_",
        "github_pat_",
        "GOCSPX-",
        "-----BEGIN",
        "ya29.",
    ];
    PREFIXES
        .iter()
        .any(|prefix| text.starts_with(prefix) && text.len() > prefix.len() + 8)
}
