//! Ids that are made of a text: `transactionId`, and the names of the properties that carry what
//! Graph has no field for.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The set of extended properties that are this provider's own
/// (<https://learn.microsoft.com/en-us/graph/api/resources/extended-properties-overview>). An id of
/// its own keeps them apart from those of other applications; it must never change.
macro_rules! property {
    ($name:literal) => {
        concat!("String {9b1f3a52-6c0e-4d7b-8f2a-51c7e0d4a6b3} Name ", $name)
    };
}

/// The application's own values, as one JSON object: Graph gives only properties that are asked for
/// by name, and nobody could ask for names that are not known.
pub(crate) const PROPERTIES: &str = property!("properties");

/// The `transactionId` that an event was made with, to find it by: that field cannot be searched.
pub(crate) const MARK: &str = property!("transaction");

/// What an event was made from, so that another request with the same key is told from a repeated
/// one.
pub(crate) const REQUEST: &str = property!("request");

/// What of a text fits into an id: equal texts give equal ones, and others others.
pub(crate) fn of(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        // With its length, so that no two lists are one text.
        text.push_str(&part.len().to_string());
        text.push(':');
        text.push_str(part);
    }
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_the_parts_and_not_of_their_text_together() {
        assert_eq!(of(&["a", "bc"]), of(&["a", "bc"]));
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
        assert_ne!(of(&["a"]), of(&["a", ""]));
        assert_eq!(of(&["x"]).len(), 43);
    }
}
