//! A capsule as a test in Rust.

use super::failure;
use super::model::Capsule;

impl Capsule {
    /// A complete test that has this capsule in it and asserts that the call ends as it did. `root`
    /// is the crate that it takes the types from: `integrations`, or `integrations_core`.
    #[must_use]
    pub fn as_test(&self, root: &str) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        let fence = fence(&text);
        let name = identifier(&format!("{}_{}", self.integration, self.operation.name));
        let end = &self.end;
        let word = |word: Option<String>| word.unwrap_or_else(|| "Unknown".to_owned());
        let kind = word(failure::kind(&end.kind).map(|kind| format!("{kind:?}")));
        let effect = word(failure::effect(&end.effect).map(|effect| format!("{effect:?}")));
        let retry = word(failure::retry(&end.retry).map(|retry| format!("{retry:?}")));
        let attempts = end.attempts;
        let mut uses = [
            format!("use {root}::capsule::Capsule;"),
            format!("use {root}::{{Effect, ErrorKind, RetryAdvice}};"),
        ];
        uses.sort();
        let uses = uses.join("\n");
        format!(
            "//! A call that failed, replayed from its capsule. It needs the feature `capsule` and \
             tokio.\n\n{uses}\n\n#[tokio::test]\nasync fn {name}_ends_as_it_did() {{\n    \
             let capsule: Capsule = CAPSULE.parse().unwrap();\n    \
             let replay = capsule.replay().await;\n    \
             assert!(replay.is_same(), \"{{replay}}\");\n\n    \
             let error = replay.error();\n    \
             assert_eq!(error.kind(), ErrorKind::{kind});\n    \
             assert_eq!(error.effect(), Effect::{effect});\n    \
             assert_eq!(error.retry(), RetryAdvice::{retry});\n    \
             assert_eq!(error.attempts(), Some({attempts}));\n}}\n\n\
             const CAPSULE: &str = r{fence}\"{text}\"{fence};\n"
        )
    }
}

/// As many signs as no quotation mark in the text is followed by.
fn fence(text: &str) -> String {
    let after = text.split('"').skip(1);
    let longest = after.map(|rest| rest.len() - rest.trim_start_matches('#').len());
    "#".repeat(longest.max().unwrap_or_default() + 1)
}

/// A name in Rust: a word in lower case that begins with a letter.
fn identifier(text: &str) -> String {
    let plain = text.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '_',
    });
    let name: String = plain.collect();
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => name,
        false => format!("call_{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_fenced_by_more_signs_than_it_has() {
        assert_eq!(fence("a"), "#");
        assert_eq!(fence("a\"##b\"#"), "###");
    }

    #[test]
    fn a_name_is_one_in_rust() {
        assert_eq!(identifier("my-rooms_get room"), "my_rooms_get_room");
        assert_eq!(identifier("3s_get"), "call_3s_get");
        assert_eq!(identifier(""), "call_");
    }
}
