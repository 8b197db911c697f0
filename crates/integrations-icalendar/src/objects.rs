//! A file with many events, one object after the other.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::io::BufRead;

use integrations_core::Error;
use integrations_core::calendar::{CalendarId, Event, EventId, EventKind};

use crate::component::{Build, Component};
use crate::error::{LineNumber, at_number, damaged};
use crate::event::calendar;
use crate::line::Line;
use crate::lines::{Found, Lines};
use crate::read::Reader;
use crate::zone::zone_id;

/// How many bytes of events and zones wait for the end of their calendar, at most.
pub const MAX_WAITING: usize = 128 * 1024 * 1024;

/// An event, or a series with its changed occurrences: all that a file has of one `UID`, and the
/// zones that it names.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Object {
    /// The text: a `VCALENDAR` with the zones and events of this `UID` and no others.
    pub component: Component,
    /// The event or series; `None` where the file has only single occurrences of a series. Its id is
    /// the `UID`, and its calendar has no name.
    pub master: Option<Event>,
    /// The changed occurrences, in the order of the file.
    pub changed: Vec<Event>,
    /// Where the first of its components begins, counted from 1.
    pub line: u32,
}

impl Object {
    /// The `UID` of all of it.
    #[must_use]
    pub fn uid(&self) -> &str {
        let first = self.master.iter().chain(&self.changed).next();
        first.map_or("", |event| event.id.as_str())
    }
}

/// What is wrong at a place of a file. The rest of the file is given all the same.
#[derive(Debug)]
#[non_exhaustive]
pub struct Damage {
    /// The line, counted from 1.
    pub line: u32,
    /// The `UID` of the event, where that is known.
    pub uid: Option<String>,
    /// What is wrong, with the line.
    pub error: Error,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.uid {
            Some(uid) => write!(f, "the event {uid:?}: {}", self.error.message()),
            None => f.write_str(self.error.message()),
        }
    }
}

impl std::error::Error for Damage {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl From<Damage> for Error {
    fn from(damage: Damage) -> Self {
        Self::new(damage.error.kind(), damage.to_string())
    }
}

/// The objects of a file, read as they are asked for: see [`objects`].
///
/// An event that stands alone is given as soon as it is read. A series waits for the end of its
/// calendar, because its changed occurrences may stand anywhere; so does an event in a zone that
/// only a later component explains. What waits takes at most [`MAX_WAITING`] bytes.
#[derive(Debug)]
pub struct Objects<R> {
    lines: Lines<R>,
    /// A line that ended a component that was not complete.
    back: Option<Line>,
    within: bool,
    zones: BTreeMap<String, Component>,
    waiting: Vec<Component>,
    /// How many bytes are waiting.
    bytes: usize,
    ready: VecDeque<Result<Object, Damage>>,
    others: BTreeMap<String, u64>,
    ended: bool,
}

/// Reads the events of a file: one or more `VCALENDAR`s with any number of events, in any order. An
/// event that is damaged is told with its line, and the others are given all the same.
///
/// ```
/// let text = "BEGIN:VCALENDAR
/// BEGIN:VEVENT
/// UID:1
/// DTSTART:20260601T070000Z
/// SUMMARY:Tea
/// END:VEVENT
/// BEGIN:VEVENT
/// UID:2
/// DTSTART:nonsense
/// END:VEVENT
/// END:VCALENDAR";
/// let mut all = integrations_icalendar::objects(text.as_bytes());
/// assert_eq!(all.next().unwrap().unwrap().master.unwrap().summary, "Tea");
/// let damage = all.next().unwrap().unwrap_err();
/// assert_eq!((damage.line, damage.uid.as_deref()), (9, Some("2")));
/// assert!(all.next().is_none());
/// ```
pub fn objects<R: BufRead>(input: R) -> Objects<R> {
    Objects {
        lines: Lines::new(input),
        back: None,
        within: false,
        zones: BTreeMap::new(),
        waiting: Vec::new(),
        bytes: 0,
        ready: VecDeque::new(),
        others: BTreeMap::new(),
        ended: false,
    }
}

impl<R: BufRead> Iterator for Objects<R> {
    type Item = Result<Object, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.step() {
                self.ended = true;
                let what = format!("the file cannot be read: {error}");
                let error = damaged(what).with_source(error);
                self.damage(self.lines.number(), None, error);
            }
        }
    }
}

impl<R> Objects<R> {
    /// The components beside events and zones that were read so far, and are in no object: tasks,
    /// journals, with how many of each there are.
    #[must_use]
    pub fn others(&self) -> &BTreeMap<String, u64> {
        &self.others
    }

    fn damage(&mut self, line: u32, uid: Option<String>, error: Error) {
        self.ready.push_back(Err(Damage { line, uid, error }));
    }
}

impl<R: BufRead> Objects<R> {
    fn line(&mut self) -> std::io::Result<Option<Found>> {
        match self.back.take() {
            Some(line) => Ok(Some(Found::Line(line))),
            None => self.lines.next(),
        }
    }

    /// Reads a line, or a component.
    fn step(&mut self) -> std::io::Result<()> {
        let line = match self.line()? {
            None => {
                self.end();
                return Ok(());
            }
            Some(Found::Damaged(number, why)) => {
                self.damage(number, None, at_number(Some(number), why));
                return Ok(());
            }
            Some(Found::Line(line)) => line,
        };
        let number = line.number().unwrap_or_default();
        let begins = line.is("BEGIN");
        let name = line.raw_value().trim().to_ascii_uppercase();
        match (self.within, begins, name.as_str()) {
            (false, true, "VCALENDAR") => self.within = true,
            (false, ..) => self.outside(number)?,
            (true, true, "VCALENDAR") => {
                let what = "the calendar before it does not end";
                self.damage(number, None, at_number(Some(number), what));
                self.flush();
            }
            (true, true, _) => self.component(line)?,
            (true, false, "VCALENDAR") if line.is("END") => {
                self.flush();
                self.within = false;
            }
            // The calendar's own lines, such as its name, are of no event.
            (true, false, _) => {}
        }
        Ok(())
    }

    /// Passes over what is in no calendar, and tells of it once.
    fn outside(&mut self, number: u32) -> std::io::Result<()> {
        let what = "it is not within BEGIN:VCALENDAR and END:VCALENDAR";
        self.damage(number, None, at_number(Some(number), what));
        while let Some(found) = self.lines.next()? {
            if let Found::Line(line) = found
                && line.is("BEGIN")
                && line.raw_value().trim().eq_ignore_ascii_case("VCALENDAR")
            {
                self.back = Some(line);
                break;
            }
        }
        Ok(())
    }

    fn end(&mut self) {
        if self.within {
            let number = self.lines.number();
            let what = "the calendar breaks off";
            self.damage(number, None, at_number(Some(number), what));
            self.flush();
        }
        self.ended = true;
    }

    /// Reads a component of a calendar to its end. One that is damaged ends where another one of a
    /// calendar begins, or the calendar ends.
    fn component(&mut self, first: Line) -> std::io::Result<()> {
        let number = first.number().unwrap_or_default();
        let name = first.raw_value().trim().to_ascii_uppercase();
        let mut build = Build::default();
        let mut wrong: Option<(u32, String)> = None;
        let mut uid = None;
        let mut next = Some(Found::Line(first));
        loop {
            let (at, found) = match next.take() {
                Some(Found::Line(line)) => (line.number().unwrap_or_default(), Ok(line)),
                Some(Found::Damaged(at, why)) => (at, Err(why.to_owned())),
                None => {
                    let what = format!("{name} breaks off");
                    wrong.get_or_insert((number, what));
                    break;
                }
            };
            match found {
                Err(why) => {
                    wrong.get_or_insert((at, why));
                }
                Ok(line) => {
                    if build.open.len() == 1 && line.is("UID") {
                        uid = Some(line.as_text());
                    }
                    let value = line.raw_value().trim();
                    if at > number && ends(&line, value) {
                        let what = format!("{name} does not end before line {at}");
                        wrong.get_or_insert((number, what));
                        self.back = Some(line);
                        break;
                    }
                    let last = line.is("END") && value.eq_ignore_ascii_case(&name);
                    if wrong.is_some() {
                        if last {
                            break;
                        }
                    } else {
                        match build.take(line) {
                            Ok(None) => {}
                            Ok(Some(part)) => {
                                self.take(part, build.bytes());
                                return Ok(());
                            }
                            Err(why) => {
                                wrong = Some((at, why));
                                if last {
                                    break;
                                }
                                // What was read is not needed any more.
                                build = Build::default();
                            }
                        }
                    }
                }
            }
            next = self.line()?;
        }
        if let Some((at, why)) = wrong {
            self.damage(at, uid, at_number(Some(at), why));
        }
        Ok(())
    }

    /// Takes a component that is whole.
    fn take(&mut self, part: Component, bytes: usize) {
        let number = part.number().unwrap_or_default();
        match part.name() {
            "VEVENT" => {}
            "VTIMEZONE" => {
                if let Some(name) = part.text_of("TZID")
                    && self.fits(bytes, number, None)
                {
                    self.zones.entry(name).or_insert(part);
                }
                return;
            }
            other => {
                *self.others.entry(other.to_owned()).or_default() += 1;
                return;
            }
        }
        let repeats = ["RRULE", "RDATE", "RECURRENCE-ID"];
        let is_series = part
            .lines()
            .any(|line| repeats.iter().any(|name| line.is(name)));
        let explained =
            |name: &str| self.zones.contains_key(name) || zone_id(name, None).iana.is_some();
        let clear = part
            .lines()
            .filter_map(|line| line.get("TZID"))
            .all(|name| explained(&name));
        if !is_series && clear {
            self.give(vec![part]);
            return;
        }
        if self.fits(bytes, number, part.text_of("UID")) {
            self.waiting.push(part);
        }
    }

    fn fits(&mut self, bytes: usize, number: u32, uid: Option<String>) -> bool {
        let sum = self.bytes.saturating_add(bytes);
        if sum > MAX_WAITING {
            let what = "the calendar has more than 128 MiB of series and zones";
            self.damage(number, uid, at_number(Some(number), what));
            return false;
        }
        self.bytes = sum;
        true
    }

    /// Gives what waited for the end of the calendar, in the order of the file.
    fn flush(&mut self) {
        let mut groups: Vec<Vec<Component>> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for part in std::mem::take(&mut self.waiting) {
            let uid = part.text_of("UID").unwrap_or_default();
            match places.get(&uid) {
                Some(place) => groups[*place].push(part),
                None => {
                    places.insert(uid, groups.len());
                    groups.push(vec![part]);
                }
            }
        }
        for group in groups {
            self.give(group);
        }
        self.zones.clear();
        self.bytes = 0;
    }

    /// Gives the events of one `UID`. A changed occurrence that is damaged is told of and left out;
    /// with a series that is damaged its changed occurrences go.
    fn give(&mut self, parts: Vec<Component>) {
        let line = parts
            .first()
            .and_then(Component::number)
            .unwrap_or_default();
        let mut component = calendar();
        for name in crate::zone::used_zones(parts.iter()).into_keys() {
            if let Some(zone) = self.zones.get(&name) {
                component.push_part(zone.clone());
            }
        }
        let nowhere = CalendarId::new("");
        let (mut master, mut changed) = (None, Vec::new());
        let mut without_master = None;
        let mut damages = Vec::new();
        let mut whole = Vec::new();
        {
            let reader = Reader::new(&component, &nowhere);
            for part in parts {
                let at = part.number().unwrap_or_default();
                let uid = part.text_of("UID");
                let id = EventId::new(uid.as_deref().unwrap_or_default());
                match reader.event(&part, &id) {
                    Err(error) => {
                        if part.line("RECURRENCE-ID").is_none() {
                            without_master = Some(at);
                        }
                        // The line of what is wrong, where the reader knows it.
                        let place = error.detail().map_or(at, |LineNumber(line)| *line);
                        damages.push((place, uid, error));
                        continue;
                    }
                    Ok(event) if matches!(event.kind, EventKind::Occurrence { .. }) => {
                        changed.push(event);
                    }
                    Ok(event) if master.is_none() => master = Some(event),
                    Ok(_) => {
                        let what = "another event of the file has the same UID";
                        damages.push((at, uid, at_number(Some(at), what)));
                        continue;
                    }
                }
                whole.push(part);
            }
        }
        for (line, uid, error) in damages {
            self.damage(line, uid, error);
        }
        if let (Some(_), None, false) = (without_master, &master, changed.is_empty()) {
            for part in &whole {
                let at = part.number().unwrap_or_default();
                let what = "the series of this occurrence is damaged";
                self.damage(at, part.text_of("UID"), at_number(Some(at), what));
            }
            return;
        }
        if master.is_none() && changed.is_empty() {
            return;
        }
        for part in whole {
            component.push_part(part);
        }
        self.ready.push_back(Ok(Object {
            component,
            master,
            changed,
            line,
        }));
    }
}

/// Whether a line ends a component that is open, although it is not its own end.
fn ends(line: &Line, value: &str) -> bool {
    const PARTS: [&str; 6] = [
        "VCALENDAR",
        "VEVENT",
        "VTODO",
        "VJOURNAL",
        "VFREEBUSY",
        "VTIMEZONE",
    ];
    let is = |name: &&&str| value.eq_ignore_ascii_case(name);
    match line.is("BEGIN") {
        true => PARTS.iter().any(|name| is(&name)),
        false => line.is("END") && value.eq_ignore_ascii_case("VCALENDAR"),
    }
}
