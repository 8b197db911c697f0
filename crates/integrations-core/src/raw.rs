//! The vendor's own form of a thing, kept beside the model.

use serde::{Deserialize, Serialize};

/// What the provider answered, so that nothing is lost in mapping: JSON, or text such as ICS.
///
/// ```
/// use integrations_core::Raw;
/// let raw = Raw::from(serde_json::json!({ "id": "evt_1", "livemode": false }));
/// assert_eq!(raw.get("livemode").and_then(|v| v.as_bool()), Some(false));
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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

    /// Whether the provider gave nothing.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
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
