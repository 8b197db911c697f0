//! Whether a text has a secret in it, in one of the forms in which answers repeat what was sent.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};

/// A secret that is shorter is found by chance.
pub(crate) const SHORTEST: usize = 8;

/// Of a longer secret its begin is searched for.
pub(crate) const LONGEST: usize = 4096;

/// Whether one of the secrets is in the text: as it is, escaped once or twice as JSON escapes it,
/// percent-encoded, or in base64, also in the middle of a longer piece of it.
pub(crate) fn has_one(text: &str, secrets: &[SecretString]) -> bool {
    if secrets.is_empty() {
        return false;
    }
    let once = unescaped(text);
    let twice = unescaped(&once);
    let mut views = vec![text.to_owned(), once, twice];
    let decoded: Vec<String> = views.iter().map(|view| percent_decoded(view)).collect();
    views.extend(decoded);
    secrets.iter().any(|secret| {
        let forms = forms(secret.expose_secret());
        let mut pairs = forms
            .iter()
            .flat_map(|form| views.iter().map(move |view| (form, view)));
        pairs.any(|(form, view)| view.contains(form.as_str()))
    })
}

/// The forms of a secret that are no matter of escaping. Too short a secret has none.
fn forms(secret: &str) -> Vec<String> {
    let secret = secret.trim();
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let mut end = secret.len().min(LONGEST);
    while !secret.is_char_boundary(end) {
        end -= 1;
    }
    let secret = &secret[..end];
    let mut forms = vec![secret.to_owned()];
    for lead in 0..3 {
        let mut bytes = vec![0; lead];
        bytes.extend_from_slice(secret.as_bytes());
        forms.push(core(&STANDARD_NO_PAD.encode(&bytes), lead, bytes.len()));
        forms.push(core(&URL_SAFE_NO_PAD.encode(&bytes), lead, bytes.len()));
    }
    forms
}

/// The characters that come of the secret alone, whatever stands before and after it.
fn core(encoded: &str, lead: usize, length: usize) -> String {
    let first = [0, 2, 3][lead.min(2)];
    let last = encoded.len() - usize::from(!length.is_multiple_of(3));
    encoded[first..last].to_owned()
}

/// The text with each escape of JSON replaced by what it stands for.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('\\') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        let Some(escape) = rest.chars().next() else {
            break;
        };
        rest = &rest[escape.len_utf8()..];
        match escape {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'u' => {
                let code = rest
                    .get(..4)
                    .and_then(|hex| u32::from_str_radix(hex, 16).ok());
                match code.and_then(char::from_u32) {
                    Some(char) => {
                        out.push(char);
                        rest = &rest[4..];
                    }
                    None => out.push('u'),
                }
            }
            other => out.push(other),
        }
    }
    out.push_str(rest);
    out
}

/// With what is no escape left as it is.
fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    const SECRET: &str = "s3cr\"t/ünd+?>canary";

    fn has(text: &str) -> bool {
        has_one(text, &[SecretString::from(SECRET)])
    }

    #[test]
    fn a_secret_is_found_in_every_form() {
        assert!(has(SECRET));
        let once = serde_json::to_string(&format!("a {SECRET} b")).unwrap();
        assert!(has(&once));
        assert!(has(&serde_json::to_string(&once).unwrap()));
        let ascii: String = SECRET
            .chars()
            .map(|c| format!("\\u{:04x}", c as u32))
            .collect();
        assert!(has(&ascii));
        for upper in [true, false] {
            let encoded: String = SECRET
                .bytes()
                .map(|byte| match upper {
                    true => format!("%{byte:02X}"),
                    false => format!("%{byte:02x}"),
                })
                .collect();
            assert!(has(&encoded));
        }
        for before in ["", "a", "ab", "abc"] {
            for after in ["", "y", "yz"] {
                let all = format!("{before}{SECRET}{after}");
                assert!(has(&STANDARD.encode(&all)), "{before} {after}");
                assert!(has(&URL_SAFE.encode(&all)), "{before} {after}");
            }
        }
    }

    #[test]
    fn what_is_no_secret_is_not_found() {
        assert!(!has("s3cr\\\"t/ canary \\u00zz % %4 %zz \\"));
        assert!(!has_one("anything", &[SecretString::from("any")]));
        assert!(!has_one("anything", &[]));
    }
}
