//! An object as a tree of components and lines.

use integrations_core::{Error, ErrorKind, Result};

use super::line::Line;

/// Deeper than any object of iCalendar: an alarm in an event in a calendar is at three.
const MAX_DEPTH: usize = 16;

/// A component: its lines and components, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component {
    /// Its name in capitals.
    pub(crate) name: String,
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Line(Line),
    Part(Component),
}

fn wrong(what: impl Into<String>) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("it is not an iCalendar object: {}", what.into()),
    )
}

impl Component {
    /// A component without anything in it.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_ascii_uppercase(),
            items: Vec::new(),
        }
    }

    /// Reads an object.
    ///
    /// # Errors
    /// `Decode` when it does not begin or end as it has to, or is deeper than 16 levels. Lines that
    /// say nothing are kept.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        // Unfolding: a break and a blank are nothing (section 3.1).
        let text = text.replace("\n ", "").replace("\n\t", "");
        let mut open: Vec<Self> = Vec::new();
        let mut root: Option<Self> = None;
        for text in text
            .split(['\n', '\r'])
            .filter(|line| !line.trim().is_empty())
        {
            let line = Line::of(text);
            if line.is("BEGIN") {
                if open.len() == MAX_DEPTH {
                    return Err(wrong("it has too many levels"));
                }
                if open.is_empty() && root.is_some() {
                    return Err(wrong("it is more than one"));
                }
                open.push(Self::new(line.raw_value().trim()));
                continue;
            }
            let Some(top) = open.last_mut() else {
                return Err(wrong("it has lines outside of BEGIN and END"));
            };
            if !line.is("END") {
                top.items.push(Item::Line(line));
                continue;
            }
            let name = line.raw_value().trim();
            if !top.name.eq_ignore_ascii_case(name) {
                return Err(wrong(format!("{} does not end", top.name)));
            }
            let Some(done) = open.pop() else { continue };
            match open.last_mut() {
                Some(parent) => parent.items.push(Item::Part(done)),
                None => root = Some(done),
            }
        }
        if let Some(top) = open.last() {
            return Err(wrong(format!("{} does not end", top.name)));
        }
        root.ok_or_else(|| wrong("it is empty"))
    }

    /// Writes it.
    pub(crate) fn write(&self, out: &mut String) {
        Line::new("BEGIN").value(&self.name).write(out);
        for item in &self.items {
            match item {
                Item::Line(line) => line.write(out),
                Item::Part(part) => part.write(out),
            }
        }
        Line::new("END").value(&self.name).write(out);
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.items.iter().filter_map(|item| match item {
            Item::Line(line) => Some(line),
            Item::Part(_) => None,
        })
    }

    /// The lines of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines().filter(move |line| line.is(name))
    }

    /// The first line of a name.
    pub(crate) fn line(&self, name: &str) -> Option<&Line> {
        self.lines().find(|line| line.is(name))
    }

    /// The text of the first line of a name.
    pub(crate) fn text_of(&self, name: &str) -> Option<String> {
        self.line(name).map(Line::as_text)
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &Self> {
        self.items.iter().filter_map(|item| match item {
            Item::Part(part) => Some(part),
            Item::Line(_) => None,
        })
    }

    pub(crate) fn parts_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Part(part) => Some(part),
            Item::Line(_) => None,
        })
    }

    /// Adds a line after the last one, before the components.
    pub(crate) fn push(&mut self, line: Line) {
        let last = self
            .items
            .iter()
            .rposition(|item| matches!(item, Item::Line(_)));
        let at = last.map_or(0, |at| at + 1);
        self.items.insert(at, Item::Line(line));
    }

    /// Puts lines in the place of those of a name.
    pub(crate) fn replace(&mut self, name: &str, lines: impl IntoIterator<Item = Line>) {
        let is = |item: &Item| matches!(item, Item::Line(line) if line.is(name));
        let at = self.items.iter().position(is);
        self.items.retain(|item| !is(item));
        let mut lines = lines.into_iter();
        let Some(mut at) = at else {
            return lines.for_each(|line| self.push(line));
        };
        for line in lines.by_ref() {
            self.items.insert(at, Item::Line(line));
            at += 1;
        }
    }

    /// Takes the lines of a name away.
    pub(crate) fn remove(&mut self, name: &str) {
        self.replace(name, None);
    }

    /// Takes away the lines that do not fit.
    pub(crate) fn retain_lines(&mut self, mut keep: impl FnMut(&Line) -> bool) {
        self.items.retain(|item| match item {
            Item::Line(line) => keep(line),
            Item::Part(_) => true,
        });
    }

    /// Adds a component at the end.
    pub(crate) fn push_part(&mut self, part: Self) {
        self.items.push(Item::Part(part));
    }

    /// Adds a component before those of its kind and others.
    pub(crate) fn push_part_first(&mut self, part: Self) {
        let first = self
            .items
            .iter()
            .position(|item| matches!(item, Item::Part(_)));
        let at = first.unwrap_or(self.items.len());
        self.items.insert(at, Item::Part(part));
    }

    /// Takes away the components that do not fit.
    pub(crate) fn retain_parts(&mut self, mut keep: impl FnMut(&Self) -> bool) {
        self.items.retain(|item| match item {
            Item::Line(_) => true,
            Item::Part(part) => keep(part),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WHAT;P=\"a:b\";Q=1:c\\,d;e\r\n\
        BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:a\r\nNONSENSE\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\n\
        END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn what_is_read_is_written_again() {
        let read = Component::parse(OBJECT).unwrap();
        assert_eq!(read.text(), OBJECT);
        let folded = OBJECT
            .replace("NONSENSE", "NON\r\n SENSE")
            .replace("\r\n", "\n");
        assert_eq!(Component::parse(&folded).unwrap(), read);
    }

    #[test]
    fn a_line_is_replaced_where_it_was() {
        let mut read = Component::parse(OBJECT).unwrap();
        let event = read.parts_mut().next().unwrap();
        event.replace("summary", [Line::new("SUMMARY").text("b")]);
        event.push(Line::new("LOCATION").text("x"));
        let expected = OBJECT
            .replace("SUMMARY:a", "SUMMARY:b")
            .replace("NONSENSE\r\n", "NONSENSE\r\nLOCATION:x\r\n");
        assert_eq!(read.text(), expected);
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        let deep = format!("{}{}", "BEGIN:A\n".repeat(17), "END:A\n".repeat(17));
        for text in [
            "",
            "SUMMARY:a",
            "BEGIN:VCALENDAR",
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT",
            "BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR",
            "END:VCALENDAR",
            &deep,
        ] {
            let error = Component::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{text}");
        }
    }

    /// ADR 0017. When the parser keeps them, this fails, and the decision can be looked at again.
    #[test]
    fn a_parser_that_writes_anew_would_change_these_lines() {
        let lines = [
            "X-MULTI:a,b;c",
            "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=\"A; B\":geo:37.3,-122.0",
            "ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY:aGVsbG8=",
            "RRULE:FREQ=DAILY;COUNT=3;X-NEW=1",
        ];
        let text = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            lines.join("\r\n")
        );
        let ours = Component::parse(&text).unwrap().text().replace("\r\n ", "");
        assert_eq!(ours, text);
        let calcard::Entry::ICalendar(object) = calcard::Parser::new(&text).entry() else {
            panic!("it is not read");
        };
        let theirs = object.to_string().replace("\r\n ", "");
        for line in lines {
            assert!(!theirs.lines().any(|one| one == line), "{line} is kept");
        }
    }
}
