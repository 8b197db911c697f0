//! Digest access authentication (RFC 7616), for servers that offer nothing better over a line
//! without TLS.

use std::fmt::Write;

use aws_lc_rs::digest as sha;
use integrations_core::{Error, ErrorKind, ExposeSecret, Result, SecretString};
use md5::{Digest as _, Md5};

/// A hash function of RFC 7616, section 6.1, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hash {
    Md5,
    Sha256,
    Sha512t256,
}

impl Hash {
    fn hex(self, text: &str) -> String {
        let bytes = text.as_bytes();
        match self {
            Self::Md5 => hex(&Md5::digest(bytes)),
            Self::Sha256 => hex(sha::digest(&sha::SHA256, bytes).as_ref()),
            Self::Sha512t256 => hex(sha::digest(&sha::SHA512_256, bytes).as_ref()),
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// What a server asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) hash: Hash,
    /// `-sess`: the password is hashed with the two nonces.
    session: bool,
    algorithm: Option<String>,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// `qop=auth`; without it the form of RFC 2069.
    qop: bool,
    /// Whether the name is shown hashed.
    userhash: bool,
    /// Whether only the nonce was too old.
    pub(crate) stale: bool,
}

impl Challenge {
    /// Reads the parameters of a challenge; `None` for one that cannot be answered: an algorithm
    /// that is not known, or integrity of the body alone.
    pub(crate) fn read(params: &[(String, String)]) -> Option<Self> {
        let get = |name: &str| {
            let found = params.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let algorithm = get("algorithm");
        let word = algorithm.unwrap_or("MD5").to_ascii_uppercase();
        let (word, session) = match word.strip_suffix("-SESS") {
            Some(word) => (word, true),
            None => (word.as_str(), false),
        };
        let hash = match word {
            "MD5" => Hash::Md5,
            "SHA-256" => Hash::Sha256,
            "SHA-512-256" => Hash::Sha512t256,
            _ => return None,
        };
        let qop = match get("qop") {
            None => false,
            Some(list)
                if list
                    .split(',')
                    .any(|one| one.trim().eq_ignore_ascii_case("auth")) =>
            {
                true
            }
            Some(_) => return None,
        };
        let is = |name: &str| get(name).is_some_and(|it| it.eq_ignore_ascii_case("true"));
        Some(Self {
            hash,
            session,
            algorithm: algorithm.map(str::to_owned),
            realm: get("realm")?.to_owned(),
            nonce: get("nonce")?.to_owned(),
            opaque: get("opaque").map(str::to_owned),
            qop,
            userhash: is("userhash"),
            stale: is("stale"),
        })
    }

    /// The value of `Authorization` for one request; `count` is how many requests had this nonce,
    /// this one included.
    ///
    /// # Errors
    /// `Config` for a user name or realm that cannot be written.
    pub(crate) fn answer(
        &self,
        username: &str,
        password: &SecretString,
        method: &str,
        uri: &str,
        cnonce: &str,
        count: u32,
    ) -> Result<String> {
        let Self { realm, nonce, .. } = self;
        let secret = password.expose_secret();
        let mut first = self.hash.hex(&format!("{username}:{realm}:{secret}"));
        if self.session {
            first = self.hash.hex(&format!("{first}:{nonce}:{cnonce}"));
        }
        let second = self.hash.hex(&format!("{method}:{uri}"));
        let count = format!("{count:08x}");
        let response = match self.qop {
            true => format!("{first}:{nonce}:{count}:{cnonce}:auth:{second}"),
            false => format!("{first}:{nonce}:{second}"),
        };
        let response = self.hash.hex(&response);
        let shown = match self.userhash {
            true => self.hash.hex(&format!("{username}:{realm}")),
            false => username.to_owned(),
        };
        let mut header = String::from("Digest ");
        for (name, value) in [
            ("username", shown.as_str()),
            ("realm", realm),
            ("nonce", nonce),
            ("uri", uri),
            ("response", &response),
        ] {
            let _ = write!(header, "{name}={}, ", quoted(value)?);
        }
        if let Some(algorithm) = &self.algorithm {
            let _ = write!(header, "algorithm={algorithm}, ");
        }
        if let Some(opaque) = &self.opaque {
            let _ = write!(header, "opaque={}, ", quoted(opaque)?);
        }
        if self.qop || self.session {
            let _ = write!(header, "cnonce={}, ", quoted(cnonce)?);
        }
        if self.qop {
            let _ = write!(header, "qop=auth, nc={count}, ");
        }
        if self.userhash {
            header.push_str("userhash=true, ");
        }
        header.truncate(header.trim_end_matches([',', ' ']).len());
        Ok(header)
    }
}

fn quoted(value: &str) -> Result<String> {
    if value.chars().any(char::is_control) {
        let text = "a user name or realm with control characters has no form in Digest";
        return Err(Error::new(ErrorKind::Config, text));
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    Ok(format!("\"{escaped}\""))
}

/// The challenges of `WWW-Authenticate` headers (RFC 9110, section 11.6.1): schemes in small
/// letters, with their parameters. A header can have several.
pub(crate) fn challenges<'a>(
    headers: impl Iterator<Item = &'a str>,
) -> Vec<(String, Vec<(String, String)>)> {
    let mut all: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for header in headers {
        for part in parts(header) {
            let part = part.trim();
            // `Scheme name=value`, `name=value`, or `Scheme` alone.
            let (scheme, rest) = match (part.find(' '), part.find('=')) {
                (Some(blank), Some(sign)) if blank < sign => {
                    (Some(&part[..blank]), part[blank..].trim_start())
                }
                (_, Some(_)) => (None, part),
                (Some(blank), None) => (Some(&part[..blank]), ""),
                (None, None) => (Some(part), ""),
            };
            if let Some(scheme) = scheme.filter(|scheme| !scheme.is_empty()) {
                all.push((scheme.to_ascii_lowercase(), Vec::new()));
            }
            if let (Some((_, params)), Some((name, value))) = (all.last_mut(), rest.split_once('='))
            {
                params.push((name.trim().to_ascii_lowercase(), unquoted(value.trim())));
            }
        }
    }
    all
}

/// The parts between commas that are not in quotes.
fn parts(header: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut within, mut escaped) = (false, false);
    for (at, c) in header.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if within => escaped = true,
            '"' => within = !within,
            ',' if !within => {
                parts.push(&header[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&header[start..]);
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|it| it.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        text.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616, section 3.9.1.
    const HEADERS: [&str; 2] = [
        "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, \
         nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
         opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
        "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, \
         nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
         opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
    ];

    #[test]
    fn the_example_of_the_rfc_is_answered_as_it_says() {
        for (header, response) in HEADERS.iter().zip([
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            "8ca523f5e9506fed4657c9700eebdbec",
        ]) {
            let read = challenges([*header].into_iter());
            let [(scheme, params)] = &read[..] else {
                panic!("{read:?}")
            };
            assert_eq!(scheme, "digest");
            let answer = Challenge::read(params).unwrap().answer(
                "Mufasa",
                &"Circle of Life".into(),
                "GET",
                "/dir/index.html",
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
                1,
            );
            let answer = answer.unwrap();
            assert!(
                answer.contains(&format!("response=\"{response}\"")),
                "{answer}"
            );
            assert!(answer.contains("nc=00000001"), "{answer}");
        }
    }

    #[test]
    fn a_hashed_user_name_is_that_of_the_rfc() {
        // RFC 7616, section 3.9.2, with its name in UTF-8.
        let header = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
            nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", \
            opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8, userhash=true";
        let read = challenges([header].into_iter());
        let answer = Challenge::read(&read[0].1).unwrap().answer(
            "J\u{e4}s\u{f8}n Doe",
            &"Secret, or not?".into(),
            "GET",
            "/doe.json",
            "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm",
            1,
        );
        let answer = answer.unwrap();
        // The names that the errata of the RFC (4897) computed with SHA-512/256.
        assert!(
            answer.contains("793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"),
            "{answer}"
        );
        assert!(!answer.contains("Doe,"), "{answer}");
    }

    #[test]
    fn several_challenges_in_one_header_are_told_apart() {
        let read = challenges(
            ["Basic realm=\"a, b\", Digest nonce=\"x\\\"y\", qop=auth, Negotiate"].into_iter(),
        );
        let names: Vec<&str> = read.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["basic", "digest", "negotiate"]);
        assert_eq!(read[0].1, [("realm".to_owned(), "a, b".to_owned())]);
        assert_eq!(read[1].1[0], ("nonce".to_owned(), "x\"y".to_owned()));
    }

    #[test]
    fn what_cannot_be_answered_is_not_taken() {
        for header in [
            "Digest realm=\"a\", nonce=\"b\", algorithm=ROT13",
            "Digest realm=\"a\", nonce=\"b\", qop=\"auth-int\"",
            "Digest realm=\"a\"",
        ] {
            let read = challenges([header].into_iter());
            assert_eq!(Challenge::read(&read[0].1), None, "{header}");
        }
    }
}
