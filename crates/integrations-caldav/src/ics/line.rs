//! Content lines (RFC 5545, section 3.1).

use std::fmt::Write;

/// One line, unfolded, as it came: name, parameters, value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    text: String,
}

impl Line {
    /// A line that is there.
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// A line in the making: name and no value yet.
    pub(crate) fn new(name: &str) -> Self {
        Self::of(name)
    }

    /// Adds a parameter to a line in the making. A value with a sign of the syntax is quoted, and
    /// what cannot be quoted is written as RFC 6868 says.
    pub(crate) fn param(mut self, name: &str, value: &str) -> Self {
        let value = value
            .replace('^', "^^")
            .replace('"', "^'")
            .replace("\r\n", "^n")
            .replace(['\r', '\n'], "^n");
        let quoted = value.contains([':', ';', ',']);
        let mark = if quoted { "\"" } else { "" };
        // Writing to a string does not fail.
        let _ = write!(self.text, ";{name}={mark}{value}{mark}");
        self
    }

    /// Ends a line in the making with a value as it is.
    pub(crate) fn value(mut self, value: &str) -> Self {
        self.text.push(':');
        self.text.push_str(value);
        self
    }

    /// Ends a line in the making with a text: its signs are escaped (section 3.3.11).
    pub(crate) fn text(self, value: &str) -> Self {
        let mut escaped = String::with_capacity(value.len());
        for c in value.replace("\r\n", "\n").chars() {
            match c {
                '\\' => escaped.push_str("\\\\"),
                ';' => escaped.push_str("\\;"),
                ',' => escaped.push_str("\\,"),
                '\n' | '\r' => escaped.push_str("\\n"),
                c => escaped.push(c),
            }
        }
        self.value(&escaped)
    }

    /// The name, as it came.
    pub(crate) fn name(&self) -> &str {
        let end = self.text.find([';', ':']).unwrap_or(self.text.len());
        self.text[..end].trim()
    }

    /// Whether it has this name; the case does not matter (section 2).
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// Where the value starts: after the first colon that is not in quotes.
    fn colon(&self) -> Option<usize> {
        let mut within = false;
        for (at, c) in self.text.char_indices() {
            match c {
                '"' => within = !within,
                ':' if !within => return Some(at),
                _ => {}
            }
        }
        // A quote that never ends: the line is wrong, and its value most likely begins here.
        self.text.find(':')
    }

    /// The value, as it came.
    pub(crate) fn raw_value(&self) -> &str {
        self.colon().map_or("", |at| &self.text[at + 1..])
    }

    /// The value as a text, with its escapes resolved.
    pub(crate) fn as_text(&self) -> String {
        unescaped(self.raw_value())
    }

    /// A parameter's value, with quotes and the escapes of RFC 6868 resolved.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let found = self
            .params()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| plain(value))
    }

    /// The parameters as they came.
    fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        let end = self.colon().unwrap_or(self.text.len());
        let head = &self.text[..end];
        split(head, ';')
            .skip(1)
            .filter_map(|one| one.split_once('='))
    }

    /// The same line with another value of a parameter, or without it; the others stay as they
    /// are, and in their order.
    pub(crate) fn with_param(&self, name: &str, value: Option<&str>) -> Self {
        let mut line = Self::new(self.name());
        let mut value = value;
        for (known, old) in self.params() {
            if !known.eq_ignore_ascii_case(name) {
                let _ = write!(line.text, ";{known}={old}");
            } else if let Some(new) = value.take() {
                line = line.param(known, new);
            }
        }
        if let Some(new) = value {
            line = line.param(name, new);
        }
        line.value(self.raw_value())
    }

    /// Writes it, folded: at most 75 octets between line breaks.
    pub(crate) fn write(&self, out: &mut String) {
        let mut room = 75;
        for c in self.text.chars() {
            if c.len_utf8() > room {
                out.push_str("\r\n ");
                room = 74;
            }
            out.push(c);
            room -= c.len_utf8();
        }
        out.push_str("\r\n");
    }
}

/// The parts between a sign that is not in quotes.
pub(super) fn split(text: &str, sign: char) -> impl Iterator<Item = &str> {
    let mut within = false;
    text.split(move |c| {
        if c == '"' {
            within = !within;
        }
        c == sign && !within
    })
}

fn plain(value: &str) -> String {
    // A list in a parameter is seldom; its first quotes are enough for what is read here.
    let value = value.trim_matches('"');
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let escape = match (c, chars.peek()) {
            ('^', Some('^')) => Some('^'),
            ('^', Some('\'')) => Some('"'),
            ('^', Some('n' | 'N')) => Some('\n'),
            _ => None,
        };
        if escape.is_some() {
            chars.next();
        }
        text.push(escape.unwrap_or(c));
    }
    text
}

pub(super) fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_folded_at_75_octets_and_between_characters() {
        let mut out = String::new();
        Line::new("SUMMARY")
            .text(&"\u{fc}".repeat(100))
            .write(&mut out);
        for line in out.split("\r\n") {
            assert!(line.len() <= 75, "{line}");
        }
        let whole = format!("SUMMARY:{}\r\n", "\u{fc}".repeat(100));
        assert_eq!(out.replace("\r\n ", ""), whole);
    }

    #[test]
    fn signs_of_the_syntax_are_escaped_and_read_back() {
        let name = "Doe; \"J\" ^ x";
        let line = Line::new("ATTENDEE")
            .param("CN", name)
            .value("mailto:j@example.com");
        assert_eq!(line.get("cn").as_deref(), Some(name));
        assert_eq!(line.raw_value(), "mailto:j@example.com");
        let text = "a;b,c\\d\ne: \"f\"";
        let line = Line::new("SUMMARY").text(text);
        assert_eq!(line.as_text(), text);
    }

    #[test]
    fn one_parameter_is_changed_and_the_others_stay() {
        let line = Line::of(
            "ATTENDEE;X-NUM=7;PARTSTAT=NEEDS-ACTION;CN=\"A, B\";RSVP=TRUE:mailto:a@example.com",
        );
        let other = line.with_param("PARTSTAT", Some("ACCEPTED"));
        let other = other
            .with_param("RSVP", None)
            .with_param("X-NEW", Some("a:b"));
        let whole =
            "ATTENDEE;X-NUM=7;PARTSTAT=ACCEPTED;CN=\"A, B\";X-NEW=\"a:b\":mailto:a@example.com";
        assert_eq!(other, Line::of(whole));
    }

    #[test]
    fn a_colon_in_quotes_does_not_begin_the_value() {
        let line = Line::of("X-A;ALTREP=\"http://example.com/a;b\";B=c:d:e");
        assert_eq!(line.raw_value(), "d:e");
        assert_eq!(
            line.get("ALTREP").as_deref(),
            Some("http://example.com/a;b")
        );
        assert_eq!(line.get("B").as_deref(), Some("c"));
    }

    proptest! {
        #[test]
        fn texts_and_parameters_are_read_back(text in "\\PC{0,60}", name in "[^\\p{Cc}]{0,40}") {
            let line = Line::new("X-A").param("X-P", &name).text(&text);
            prop_assert_eq!(line.as_text(), text);
            prop_assert_eq!(line.get("X-P"), Some(name));
        }

        #[test]
        fn no_line_makes_it_panic(text in "([:;,=\"^\\\\nN]|X-A|\\PC){0,20}") {
            let line = Line::of(text.as_str());
            let _ = (line.name(), line.as_text(), line.get("X-A"));
            let _ = line.with_param("X-A", Some("b")).with_param("X-A", None);
            let _ = crate::ics::address(&line);
        }
    }
}
