//! JSON that reads the same for everybody.
//!
//! Of two members with one name, some parsers take the first and some the last: whoever signed a
//! token and whoever reads it would see different claims. RFC 7519 (section 4), RFC 7515 (section 4)
//! and RFC 7517 (section 4) let a reader refuse them; RFC 8725 (section 2.4) says why it should.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// How deep a token or a set of keys may be nested. Those that are known need four levels.
const DEPTH: usize = 16;

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no JSON, is nested too deeply, or something comes after it.
    Malformed,
    /// An object has two members of one name.
    Duplicate,
}

/// Reads one JSON value that is the whole text.
pub(crate) fn read(text: &[u8]) -> Result<Value, Refused> {
    // Judged first and read second, so that reading is serde_json's own, whatever its features are.
    let mut judged = serde_json::Deserializer::from_slice(text);
    if let Err(error) = (Judge { depth: 0 }).deserialize(&mut judged) {
        let duplicate = error.is_data() && error.to_string().starts_with(DUPLICATE);
        return Err(if duplicate {
            Refused::Duplicate
        } else {
            Refused::Malformed
        });
    }
    // Sees too what comes after the value.
    serde_json::from_slice(text).map_err(|_| Refused::Malformed)
}

const DUPLICATE: &str = "a name comes twice";

/// Looks at a value and keeps nothing of it.
#[derive(Clone, Copy)]
struct Judge {
    depth: usize,
}

impl Judge {
    fn below<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > DEPTH {
            return Err(E::custom("nested too deeply"));
        }
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Judge {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Judge {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let below = self.below()?;
        while items.next_element_seed(below)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let below = self.below()?;
        let mut seen = HashSet::new();
        // Names are compared after their escapes are resolved, as every reader does.
        while let Some(name) = members.next_key::<String>()? {
            if !seen.insert(name) {
                return Err(A::Error::custom(DUPLICATE));
            }
            members.next_value_seed(below)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_every_reader_reads() {
        let text = r#" {"a": [1, -2, 2.5, "x", null, true, {"b": {"a": 0}}], "ab": "\u00e9"} "#;
        assert_eq!(
            read(text.as_bytes()),
            Ok(serde_json::from_str(text).unwrap())
        );
    }

    #[test]
    fn a_name_that_comes_twice_is_refused_at_every_depth_and_in_every_spelling() {
        for text in [
            r#"{"sub": "a", "sub": "b"}"#,
            r#"{"sub": "a", "sub": "a"}"#,
            r#"{"sub": "a", "s\u0075b": "b"}"#,
            r#"{"a": {"b": 1, "b": 2}}"#,
            r#"{"a": [[{"b": 1, "c": 0, "b": 2}]]}"#,
        ] {
            assert_eq!(read(text.as_bytes()), Err(Refused::Duplicate), "{text}");
        }
        // Names differ by case.
        assert!(read(br#"{"sub": "a", "Sub": "b"}"#).is_ok());
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let texts: [&[u8]; 12] = [
            b"",
            b" ",
            b"{",
            b"{} {}",
            b"{}\0",
            b"{'a': 1}",
            b"{\"a\": NaN}",
            b"{\"a\": 1e999}",
            b"{\"a\": 01}",
            b"{\"a\": \"\xff\"}",
            b"{\"a\": \"\\ud800\"}",
            b"\xef\xbb\xbf{}",
        ];
        for text in texts {
            assert_eq!(read(text), Err(Refused::Malformed), "{text:?}");
        }
    }

    #[test]
    fn what_is_nested_deeply_is_refused_and_no_stack_ends() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(DEPTH).as_bytes()).is_ok());
        for depth in [DEPTH + 1, 200, 1_000_000] {
            let objects = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
            for text in [nested(depth), objects, "[".repeat(depth)] {
                assert_eq!(read(text.as_bytes()), Err(Refused::Malformed), "{depth}");
            }
        }
    }
}
