//! Components: lines and components within each other.

use integrations_core::{Error, Result};

use crate::error::{at_number, damaged};
use crate::line::Line;
use crate::lines::{Found, Lines, MAX_LINE};

/// The deepest component that is read: an alarm in an event in a calendar is at three.
pub const MAX_DEPTH: usize = 16;
/// The most lines and components that one object has: each takes more memory than its bytes.
pub const MAX_ITEMS: usize = 1_000_000;
/// The most bytes that one object, or one event of a file, has.
pub const MAX_OBJECT: usize = 64 * 1024 * 1024;

/// A component: its lines and components, in their order. What is read is written again as it
/// came, but for the places where lines are folded.
///
/// ```
/// use integrations_icalendar::{Component, Line};
///
/// let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-OURS;A=\"b;c\":as it, is\r\nEND:VCALENDAR\r\n";
/// let mut object = Component::parse(text)?;
/// assert_eq!(object.text(), text);
///
/// object.replace("VERSION", [Line::new("VERSION").value("2.1")]);
/// assert_eq!(object.text(), text.replace("2.0", "2.1"));
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Component {
    name: String,
    /// Where it was read; 0 for one that was made.
    number: u32,
    items: Vec<Item>,
}

/// By what it says: where it was read does not matter.
impl PartialEq for Component {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.items == other.items
    }
}

impl Eq for Component {}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Line(Line),
    Part(Component),
}

impl Component {
    /// A component without anything in it.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::at(name, 0)
    }

    pub(crate) fn at(name: &str, number: u32) -> Self {
        Self {
            name: name.trim().to_ascii_uppercase(),
            number,
            items: Vec::new(),
        }
    }

    /// Reads one component, such as a whole `VCALENDAR`, from text or bytes. Bytes are better where
    /// there are some: programs fold lines within characters.
    ///
    /// # Errors
    /// `Decode`, with the number of the line, when it does not begin or end as it has to, is more
    /// than one, is no UTF-8, or exceeds [`MAX_DEPTH`], [`MAX_ITEMS`], [`MAX_OBJECT`] or
    /// [`MAX_LINE`](crate::MAX_LINE). Lines that say nothing are kept.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self> {
        let wrong = |number: u32, what: &str| {
            let what = format!("it is not an iCalendar object: {what}");
            at_number((number > 0).then_some(number), what)
        };
        let mut lines = Lines::new(text.as_ref());
        let mut build = Build::default();
        let mut root = None;
        loop {
            // Reading from memory does not fail.
            let found = lines.next().map_err(|error| damaged(error.to_string()))?;
            let line = match found {
                None => break,
                Some(Found::Damaged(number, why)) => return Err(wrong(number, why)),
                Some(Found::Line(line)) => line,
            };
            let number = line.number().unwrap_or_default();
            if root.is_some() {
                let what = match line.is("BEGIN") {
                    true => "it is more than one",
                    false => "it has lines outside of BEGIN and END",
                };
                return Err(wrong(number, what));
            }
            root = build.take(line).map_err(|what| wrong(number, &what))?;
        }
        if let Some(top) = build.open.last() {
            return Err(wrong(top.number, &format!("{} does not end", top.name)));
        }
        root.ok_or_else(|| wrong(0, "it is empty"))
    }

    /// Checks that what is written of it can be read again.
    ///
    /// # Errors
    /// `InvalidInput` where it exceeds [`MAX_DEPTH`], [`MAX_ITEMS`], [`MAX_OBJECT`] or
    /// [`MAX_LINE`](crate::MAX_LINE).
    pub fn check(&self) -> Result<()> {
        let (mut items, mut bytes) = (0, 0);
        let fits = self.measure(1, &mut items, &mut bytes);
        if fits && items <= MAX_ITEMS && bytes <= MAX_OBJECT {
            return Ok(());
        }
        Err(Error::invalid_input(
            "it is too large: a line of iCalendar has at most 32 MiB here, and an object 64 MiB, \
             1,000,000 lines and 16 levels",
        ))
    }

    fn measure(&self, depth: usize, items: &mut usize, bytes: &mut usize) -> bool {
        // Its first and last line.
        *items += 2;
        *bytes += 2 * ("BEGIN:".len() + self.name.len());
        depth <= MAX_DEPTH
            && self.items.iter().all(|item| match item {
                Item::Line(line) => {
                    *items += 1;
                    *bytes += line.len();
                    line.len() <= MAX_LINE
                }
                Item::Part(part) => part.measure(depth + 1, items, bytes),
            })
    }

    /// Its name, in capitals.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it begins, counted from 1 in lines of the text that was read; `None` for one that was
    /// made.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        (self.number > 0).then_some(self.number)
    }

    /// Writes it, with lines of at most 75 octets that end with CR LF.
    pub fn write(&self, out: &mut String) {
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
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// Its lines.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.items.iter().filter_map(|item| match item {
            Item::Line(line) => Some(line),
            Item::Part(_) => None,
        })
    }

    /// The lines of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines().filter(move |line| line.is(name))
    }

    /// The first line of a name.
    #[must_use]
    pub fn line(&self, name: &str) -> Option<&Line> {
        self.lines().find(|line| line.is(name))
    }

    /// The text of the first line of a name.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<String> {
        self.line(name).map(Line::as_text)
    }

    /// The components within it.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        self.items.iter().filter_map(|item| match item {
            Item::Part(part) => Some(part),
            Item::Line(_) => None,
        })
    }

    /// The components within it, to be changed.
    pub fn parts_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Part(part) => Some(part),
            Item::Line(_) => None,
        })
    }

    /// The events within it: series and changed occurrences.
    pub fn vevents(&self) -> impl Iterator<Item = &Self> {
        self.parts().filter(|part| part.name == "VEVENT")
    }

    /// The same as [`Events`](crate::Events) has them: the series first, and then its changed
    /// occurrences in their order.
    pub fn in_order(&self) -> impl Iterator<Item = &Self> {
        let changed = |part: &&Self| part.line("RECURRENCE-ID").is_some();
        let masters = self.vevents().filter(move |part| !changed(part));
        masters.chain(self.vevents().filter(changed))
    }

    /// Adds a line after the last one, before the components.
    pub fn push(&mut self, line: Line) {
        let last = self
            .items
            .iter()
            .rposition(|item| matches!(item, Item::Line(_)));
        let at = last.map_or(0, |at| at + 1);
        self.items.insert(at, Item::Line(line));
    }

    /// Puts lines in the place of those of a name; where there are none, after the last line.
    pub fn replace(&mut self, name: &str, lines: impl IntoIterator<Item = Line>) {
        let is = |item: &Item| matches!(item, Item::Line(line) if line.is(name));
        let lines = lines.into_iter().map(Item::Line);
        let Some(at) = self.items.iter().position(is) else {
            let last = |item: &Item| matches!(item, Item::Line(_));
            let at = self.items.iter().rposition(last).map_or(0, |at| at + 1);
            self.items.splice(at..at, lines);
            return;
        };
        self.items.retain(|item| !is(item));
        self.items.splice(at..at, lines);
    }

    /// Takes the lines of a name away.
    pub fn remove(&mut self, name: &str) {
        self.replace(name, None);
    }

    /// Takes away the lines that do not fit.
    pub fn retain_lines(&mut self, mut keep: impl FnMut(&Line) -> bool) {
        self.items.retain(|item| match item {
            Item::Line(line) => keep(line),
            Item::Part(_) => true,
        });
    }

    /// The same with these components alone.
    pub(crate) fn clone_where(&self, mut keep: impl FnMut(&Self) -> bool) -> Self {
        let items = self.items.iter().filter(|item| match item {
            Item::Line(_) => true,
            Item::Part(part) => keep(part),
        });
        Self {
            name: self.name.clone(),
            number: self.number,
            items: items.cloned().collect(),
        }
    }

    /// Adds a component at the end.
    pub fn push_part(&mut self, part: Self) {
        self.items.push(Item::Part(part));
    }

    /// Adds a component before the others.
    pub fn push_part_first(&mut self, part: Self) {
        let first = self
            .items
            .iter()
            .position(|item| matches!(item, Item::Part(_)));
        let at = first.unwrap_or(self.items.len());
        self.items.insert(at, Item::Part(part));
    }

    /// Takes away the components that do not fit.
    pub fn retain_parts(&mut self, mut keep: impl FnMut(&Self) -> bool) {
        self.items.retain(|item| match item {
            Item::Line(_) => true,
            Item::Part(part) => keep(part),
        });
    }
}

/// A component in the making, line by line.
#[derive(Debug, Default)]
pub(crate) struct Build {
    pub(crate) open: Vec<Component>,
    items: usize,
    bytes: usize,
}

impl Build {
    /// Takes the next line, and gives the component when it ends with it.
    pub(crate) fn take(&mut self, line: Line) -> Result<Option<Component>, String> {
        self.items += 1;
        self.bytes += line.len();
        if self.items > MAX_ITEMS || self.bytes > MAX_OBJECT {
            return Err("it has more than 1,000,000 lines or 64 MiB".to_owned());
        }
        if line.is("BEGIN") {
            if self.open.len() == MAX_DEPTH {
                return Err("it has too many levels".to_owned());
            }
            let number = line.number().unwrap_or_default();
            self.open.push(Component::at(line.raw_value(), number));
            return Ok(None);
        }
        let Some(top) = self.open.last_mut() else {
            return Err("it has lines outside of BEGIN and END".to_owned());
        };
        if !line.is("END") {
            top.items.push(Item::Line(line));
            return Ok(None);
        }
        if !top.name.eq_ignore_ascii_case(line.raw_value().trim()) {
            return Err(format!("{} does not end", top.name));
        }
        let done = self.open.pop();
        Ok(match (done, self.open.last_mut()) {
            (Some(done), Some(parent)) => {
                parent.items.push(Item::Part(done));
                None
            }
            (done, _) => done,
        })
    }

    /// Gives back how much it has taken.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use integrations_core::ErrorKind;

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
        let event = read.vevents().next().unwrap();
        assert_eq!(event.number(), Some(4));
        assert_eq!(event.line("SUMMARY").unwrap().number(), Some(6));
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
    fn what_is_no_object_is_an_error_with_its_line() {
        let deep = "BEGIN:A\n".repeat(17) + &"END:A\n".repeat(17);
        let deeper = "BEGIN:A\r\n".repeat(100_000);
        for (text, line) in [
            ("", ""),
            ("SUMMARY:a", "line 1: "),
            ("BEGIN:VCALENDAR", "line 1: "),
            (
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT",
                "line 3: ",
            ),
            (
                "BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR",
                "line 3: ",
            ),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\nX:1", "line 3: "),
            ("END:VCALENDAR", "line 1: "),
            (&deep, "line 17: "),
            (&deeper, "line 17: "),
        ] {
            let error = Component::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{text:.80}");
            assert!(error.message().starts_with(line), "{}", error.message());
        }
        let many = format!("BEGIN:A\n{}END:A\n", "X\n".repeat(MAX_ITEMS));
        assert!(Component::parse(many).is_err());
        let most = format!("BEGIN:A\n{}END:A\n", "X\n".repeat(MAX_ITEMS - 2));
        let mut most = Component::parse(most).unwrap();
        most.check().unwrap();
        most.push(Line::of("X"));
        assert_eq!(most.check().unwrap_err().kind(), ErrorKind::InvalidInput);
        let long = |bytes: usize| {
            let mut long = Component::new("A");
            long.push(Line::of(&"x".repeat(bytes)));
            long.check().is_ok()
        };
        assert!(long(MAX_LINE) && !long(MAX_LINE + 1));
        assert!(Component::parse(b"BEGIN:A\nX:\xff\nEND:A\n").is_err());
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
