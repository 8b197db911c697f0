//! The options of a query, and the preferences of a request.

use std::borrow::Cow;

use http::HeaderMap;
use jiff::tz::TimeZone;

use super::refusal::Refusal;
use super::state::Answer;
use super::times;

/// The options of a query. OData's have a `$`, which Graph takes as left out, too; names of others
/// are read in any case, as the examples of Microsoft's pages have them
/// (<https://learn.microsoft.com/graph/query-parameters>).
pub(super) struct Query(Vec<(String, String)>);

/// OData's options that a list of events takes. `$search` is not for events ("messages and
/// directory objects", the page).
const ODATA: [&str; 7] = [
    "$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$count",
];

impl Query {
    pub(super) fn read(text: &str) -> Self {
        let mut pairs = Vec::new();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let mut name = name.to_lowercase();
            let with = format!("${name}");
            if ODATA.contains(&&*with) {
                name = with;
            }
            pairs.push((name, value.into_owned()));
        }
        Self(pairs)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Refuses every option but these. Graph ignores unknown ones without a `$`; that they are
    /// refused, so that a misspelt one is found, is this stand-in's choice.
    pub(super) fn only(&self, names: &[&str]) -> Answer<()> {
        match self.0.iter().find(|(name, _)| !names.contains(&&**name)) {
            None => Ok(()),
            Some((name, _)) => Err(Refusal::query(format!(
                "The query parameter '{name}' is not supported."
            ))),
        }
    }

    pub(super) fn number(&self, name: &str) -> Answer<Option<usize>> {
        let read = |value: &str| {
            let words = format!("Invalid value '{value}' for {name} query option found.");
            value.parse().map_err(|_| Refusal::query(words))
        };
        self.get(name).map(read).transpose()
    }

    /// The options as text, with one of them set.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let mut made = url::form_urlencoded::Serializer::new(String::new());
        for (known, value) in self.0.iter().filter(|(known, _)| known != name) {
            made.append_pair(known, value);
        }
        made.append_pair(name, value);
        // `$` is allowed in a query (RFC 3986, section 3.4), and Graph's links have it.
        made.finish().replace("%24", "$")
    }
}

/// What a request prefers.
#[derive(Default)]
pub(super) struct Prefer {
    /// The zone of times in the answer, by the name that was sent.
    pub(super) zone: Option<(String, TimeZone)>,
    pub(super) immutable: bool,
    pub(super) text: bool,
    pub(super) page: Option<usize>,
    applied: Vec<String>,
}

impl Prefer {
    pub(super) fn read(headers: &HeaderMap) -> Answer<Self> {
        let mut made = Self::default();
        for header in headers.get_all("prefer") {
            let text = header.to_str().unwrap_or_default();
            for part in parts(text) {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                let value = value.trim().trim_matches('"');
                made.one(name.trim(), value)?;
            }
        }
        Ok(made)
    }

    fn one(&mut self, name: &str, value: &str) -> Answer<()> {
        match &*name.to_lowercase() {
            "outlook.timezone" => {
                let zone = times::zone(value).ok_or_else(|| {
                    let words = format!(
                        "A valid TimeZone value must be specified. The following TimeZone value \
                         is not supported: '{value}'."
                    );
                    Refusal::new(400, "TimeZoneNotSupportedException", words)
                })?;
                self.zone = Some((value.to_owned(), zone));
            }
            "idtype" if value.eq_ignore_ascii_case("ImmutableId") => self.immutable = true,
            "outlook.body-content-type" if value == "text" || value == "html" => {
                self.text = value == "text";
            }
            "odata.maxpagesize" => {
                let most = value.parse().ok().filter(|most| *most > 0);
                let words = "The value of odata.maxpagesize is no positive number.";
                self.page = Some(most.ok_or_else(|| Refusal::query(words))?);
            }
            // One that is not known is passed over (RFC 7240, section 2).
            _ => return Ok(()),
        }
        let quoted = match name.to_lowercase().as_str() {
            "odata.maxpagesize" => Cow::Borrowed(value),
            _ => Cow::Owned(format!("\"{value}\"")),
        };
        self.applied.push(format!("{name}={quoted}"));
        Ok(())
    }

    /// The header `Preference-Applied` (RFC 7240, section 3).
    pub(super) fn applied(&self) -> Option<String> {
        (!self.applied.is_empty()).then(|| self.applied.join(", "))
    }
}

/// The parts of a list, whose commas in quotes are none.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}
