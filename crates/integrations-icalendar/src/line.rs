//! Content lines (RFC 5545, section 3.1).

use std::fmt::Write;

/// One line, unfolded, as it came: name, parameters, value.
///
/// ```
/// use integrations_icalendar::Line;
///
/// let line = Line::of("ATTENDEE;X-NUM=7;CN=\"Lovelace, Ada\":mailto:ada@example.com");
/// assert!(line.is("attendee"));
/// assert_eq!(line.get("CN").as_deref(), Some("Lovelace, Ada"));
/// assert_eq!(line.raw_value(), "mailto:ada@example.com");
///
/// // What is not changed stays as it came, and in its order.
/// let answered = line.with_param("PARTSTAT", Some("ACCEPTED"));
/// assert_eq!(answered.get("X-NUM").as_deref(), Some("7"));
///
/// let made = Line::new("SUMMARY").param("LANGUAGE", "en").text("Tea, and more");
/// assert_eq!(made.to_string(), r"SUMMARY;LANGUAGE=en:Tea\, and more");
/// ```
#[derive(Debug, Clone)]
pub struct Line {
    text: String,
    /// Where it was read; 0 for one that was made.
    number: u32,
}

/// By what it says: where it was read does not matter.
impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Line {}

/// The whole line, unfolded.
impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// A line has no break in it: one in a value would begin another line.
fn without_breaks(text: &str) -> std::borrow::Cow<'_, str> {
    match text.contains(['\r', '\n']) {
        true => text.replace("\r\n", " ").replace(['\r', '\n'], " ").into(),
        false => text.into(),
    }
}

impl Line {
    /// A line that is there. A line break in it becomes a blank, and blanks before the name go: with
    /// one it would be written as a part of the line before.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::read(without_breaks(text).into_owned(), 0)
    }

    /// A line as it was read, without breaks.
    pub(crate) fn read(mut text: String, number: u32) -> Self {
        let blanks = text.len() - text.trim_start_matches([' ', '\t']).len();
        text.drain(..blanks);
        Self { text, number }
    }

    /// A line in the making: name and no value yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::of(name)
    }

    /// Adds a parameter to a line in the making. A value with a sign of the syntax is quoted, and
    /// what cannot be quoted is written as RFC 6868 says.
    #[must_use]
    pub fn param(mut self, name: &str, value: &str) -> Self {
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

    /// Ends a line in the making with a value as it is. A line break in it becomes a blank.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.text.push(':');
        self.text.push_str(&without_breaks(value));
        self
    }

    /// Ends a line in the making with a text: its signs are escaped (section 3.3.11).
    #[must_use]
    pub fn text(self, value: &str) -> Self {
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

    /// Where it was read, counted from 1 in lines of the text before unfolding; `None` for a line
    /// that was made.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        (self.number > 0).then_some(self.number)
    }

    /// The name, as it came.
    #[must_use]
    pub fn name(&self) -> &str {
        let end = self.text.find([';', ':']).unwrap_or(self.text.len());
        self.text[..end].trim()
    }

    /// Whether it has this name; the case does not matter (section 2).
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// Where the value starts: after the first colon that is not in quotes.
    fn colon(&self) -> Option<usize> {
        let mut within = false;
        for (at, byte) in self.text.bytes().enumerate() {
            match byte {
                b'"' => within = !within,
                b':' if !within => return Some(at),
                _ => {}
            }
        }
        // A quote that never ends: the line is wrong, and its value most likely begins here.
        self.text.find(':')
    }

    /// The value, as it came.
    #[must_use]
    pub fn raw_value(&self) -> &str {
        self.colon().map_or("", |at| &self.text[at + 1..])
    }

    /// The value as a text, with its escapes resolved.
    #[must_use]
    pub fn as_text(&self) -> String {
        unescaped(self.raw_value())
    }

    /// A parameter's value, with quotes and the escapes of RFC 6868 resolved. The case of its name
    /// does not matter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
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
    #[must_use]
    pub fn with_param(&self, name: &str, value: Option<&str>) -> Self {
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

    /// Writes it, folded: at most 75 octets between line breaks, none of them within a character.
    pub fn write(&self, out: &mut String) {
        let mut rest = self.text.as_str();
        let mut room = 75;
        while rest.len() > room {
            // The first octet of a character is never far: it has four at most.
            let at = (0..=room)
                .rfind(|at| rest.is_char_boundary(*at))
                .unwrap_or(0);
            let (line, after) = rest.split_at(at);
            out.push_str(line);
            out.push_str("\r\n ");
            (rest, room) = (after, 74);
        }
        out.push_str(rest);
        out.push_str("\r\n");
    }

    /// How many bytes it has, unfolded.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }
}

/// The parts between a sign that is not in quotes.
fn split(text: &str, sign: char) -> impl Iterator<Item = &str> {
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

fn unescaped(value: &str) -> String {
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
        assert_eq!(
            line.to_string(),
            "ATTENDEE;CN=\"Doe; ^'J^' ^^ x\":mailto:j@example.com"
        );
        assert_eq!(line.get("cn").as_deref(), Some(name));
        assert_eq!(line.raw_value(), "mailto:j@example.com");
        let text = "a;b,c\\d\ne: \"f\"";
        let line = Line::new("SUMMARY").text(text);
        assert_eq!(line.to_string(), "SUMMARY:a\\;b\\,c\\\\d\\ne: \"f\"");
        assert_eq!(line.as_text(), text);
    }

    #[test]
    fn no_value_begins_another_line() {
        let mut out = String::new();
        Line::new("URL")
            .value("https://example.com\r\nATTENDEE:mailto:x@example.com")
            .write(&mut out);
        assert_eq!(
            out,
            "URL:https://example.com ATTENDEE:mailto:x@example.com\r\n"
        );
    }

    /// Found by fuzzing: it was written as a part of the line before.
    #[test]
    fn a_line_does_not_begin_with_a_blank() {
        assert_eq!(Line::of(" \t RDATE:20260601").to_string(), "RDATE:20260601");
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
            let _ = crate::address(&line);
        }
    }
}
