//! The vendor's own form of a thing, kept beside the model.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the provider answered, so that nothing is lost in mapping: JSON, or text such as ICS.
///
/// ```
/// use integrations_core::Raw;
/// let raw = Raw::from(serde_json::json!({ "id": "evt_1", "livemode": false }));
/// assert_eq!(raw.get("livemode").and_then(|v| v.as_bool()), Some(false));
/// ```
///
/// `Debug` shows its form and size only: vendors put what they like into their answers. A provider
/// takes secrets out by [`without`](Self::without) before it keeps an answer, because an
/// application may store the model with its raw form.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Raw {
    /// The provider has no form of its own.
    #[default]
    None,
    /// A JSON value.
    Json(serde_json::Value),
    /// Text, for example iCalendar.
    Text(String),
}

impl Raw {
    /// A field of a JSON object.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&serde_json::Value> {
        match self {
            Self::Json(value) => value.get(field),
            Self::None | Self::Text(_) => None,
        }
    }

    /// The text, if that is the vendor's form.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::None | Self::Json(_) => None,
        }
    }

    /// The same without these fields, each named by a JSON pointer (RFC 6901) such as
    /// `/charges/0/client_secret`. What is not there, and text, stays as it is.
    ///
    /// ```
    /// use integrations_core::Raw;
    /// let raw = Raw::from(serde_json::json!({ "id": "pi_1", "client_secret": "pi_1_secret" }));
    /// assert!(raw.without(&["/client_secret"]).get("client_secret").is_none());
    /// ```
    #[must_use]
    pub fn without(mut self, pointers: &[&str]) -> Self {
        let Self::Json(value) = &mut self else {
            return self;
        };
        for pointer in pointers {
            let Some((parent, field)) = pointer.rsplit_once('/') else {
                continue;
            };
            let field = field.replace("~1", "/").replace("~0", "~");
            if let Some(fields) = value.pointer_mut(parent).and_then(|it| it.as_object_mut()) {
                fields.remove(&field);
            }
        }
        self
    }

    /// Whether the provider gave nothing.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Json(serde_json::Value::Object(fields)) => {
                write!(f, "Json({} fields)", fields.len())
            }
            Self::Json(_) => f.write_str("Json(..)"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
        }
    }
}

impl From<serde_json::Value> for Raw {
    fn from(value: serde_json::Value) -> Self {
        Self::Json(value)
    }
}

impl From<String> for Raw {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_shows_the_form_and_never_the_content() {
        for raw in [
            Raw::from(json!({ "canary": "canary" })),
            Raw::from(json!(["canary"])),
            Raw::from("canary".to_owned()),
        ] {
            assert!(!format!("{raw:?} {raw:#?}").contains("canary"));
        }
    }

    #[test]
    fn a_field_is_taken_out_wherever_it_is() {
        let raw = Raw::from(json!({ "a": [{ "b/c": 1, "d": 2 }], "e": 3 }));
        let raw = raw.without(&["/a/0/b~1c", "/e", "/not/there", "odd", ""]);
        assert_eq!(raw, Raw::from(json!({ "a": [{ "d": 2 }] })));
        let text = Raw::from("BEGIN:VCALENDAR".to_owned());
        assert_eq!(text.clone().without(&["/BEGIN"]), text);
    }
}
