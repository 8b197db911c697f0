//! Content lines (RFC 5545, section 3.1).

use std::fmt::Write;

/// One line: name, parameters, value.
pub(super) struct Line(String);

impl Line {
    pub(super) fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Adds a parameter. A value with a sign of the syntax is quoted, and what cannot be quoted is
    /// written as RFC 6868 says.
    pub(super) fn param(mut self, name: &str, value: &str) -> Self {
        let value = value
            .replace('^', "^^")
            .replace('"', "^'")
            .replace(['\r', '\n'], "^n");
        let quoted = value.contains([':', ';', ',']);
        let mark = if quoted { "\"" } else { "" };
        // Writing to a string does not fail.
        let _ = write!(self.0, ";{name}={mark}{value}{mark}");
        self
    }

    /// A text value: its signs are escaped (section 3.3.11).
    pub(super) fn text(self, out: &mut String, value: &str) {
        let value = value.replace("\r\n", "\n");
        let mut escaped = String::with_capacity(value.len());
        for c in value.chars() {
            match c {
                '\\' => escaped.push_str("\\\\"),
                ';' => escaped.push_str("\\;"),
                ',' => escaped.push_str("\\,"),
                '\n' | '\r' => escaped.push_str("\\n"),
                c => escaped.push(c),
            }
        }
        self.value(out, &escaped);
    }

    /// A value as it is.
    pub(super) fn value(mut self, out: &mut String, value: &str) {
        self.0.push(':');
        self.0.push_str(value);
        fold(out, &self.0);
    }
}

/// Lines are at most 75 octets long; what is longer goes on after a break and a blank.
fn fold(out: &mut String, line: &str) {
    let mut room = 75;
    for c in line.chars() {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            room = 74;
        }
        out.push(c);
        room -= c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_at_75_octets_and_between_characters() {
        let mut out = String::new();
        Line::new("SUMMARY").text(&mut out, &"ü".repeat(100));
        for line in out.split("\r\n") {
            assert!(line.len() <= 75, "{line}");
        }
        assert_eq!(
            out.replace("\r\n ", ""),
            format!("SUMMARY:{}\r\n", "ü".repeat(100))
        );
    }

    #[test]
    fn signs_of_the_syntax_are_escaped() {
        let mut out = String::new();
        Line::new("ATTENDEE")
            .param("CN", "Doe; \"J\"")
            .value(&mut out, "mailto:j@example.com");
        Line::new("SUMMARY").text(&mut out, "a;b,c\\d\ne");
        assert_eq!(
            out,
            "ATTENDEE;CN=\"Doe; ^'J^'\":mailto:j@example.com\r\nSUMMARY:a\\;b\\,c\\\\d\\ne\r\n"
        );
    }
}
