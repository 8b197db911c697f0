//! The lines of iCalendar that say when a series is (RFC 5545, section 3.8): Google's `recurrence`
//! is a list of them, and CalDAV has them in its objects.
//!
//! Whole iCalendar objects are not read here.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};

use super::{RDate, RRule, Recurrence};
use crate::error::{Error, Result};
use crate::time::{EventTime, TzId};

/// One line.
///
/// ```
/// use integrations_core::calendar::recurrence::Property;
/// use integrations_core::time::EventTime;
/// use jiff::civil::date;
///
/// let line: Property = "EXDATE;TZID=Europe/Berlin:20260601T090000,20260608T090000".parse()?;
/// let at = |day| EventTime::zoned(date(2026, 6, day).at(9, 0, 0, 0), "Europe/Berlin");
/// assert_eq!(line, Property::ExDate(vec![at(1), at(8)]));
/// assert_eq!(
///     Property::Start(at(1)).to_string(),
///     "DTSTART;TZID=Europe/Berlin:20260601T090000"
/// );
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Property {
    /// `DTSTART`: when the first occurrence starts.
    Start(EventTime),
    /// `DTEND`: when it ends.
    End(EventTime),
    /// `RECURRENCE-ID`: which occurrence was changed, and whether all that follow were
    /// (`RANGE=THISANDFUTURE`).
    RecurrenceId {
        /// When the series has it.
        original: EventTime,
        /// Whether the change is of all that follow, too.
        and_future: bool,
    },
    /// `RRULE`.
    RRule(RRule),
    /// `EXRULE`, of RFC 2445.
    ExRule(RRule),
    /// `RDATE`.
    RDate(Vec<RDate>),
    /// `EXDATE`.
    ExDate(Vec<EventTime>),
}

impl Recurrence {
    /// Reads the lines of a series: `RRULE`, `EXRULE`, `RDATE` and `EXDATE`, in any order.
    ///
    /// ```
    /// use integrations_core::calendar::recurrence::Recurrence;
    ///
    /// let lines = ["RRULE:FREQ=WEEKLY;BYDAY=MO", "EXDATE;VALUE=DATE:20260608"];
    /// let recurrence = Recurrence::from_lines(lines)?;
    /// assert_eq!(recurrence.to_lines(), lines);
    /// # Ok::<_, integrations_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for a line that is not one of these, or that cannot be read.
    pub fn from_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut recurrence = Self::default();
        for line in lines {
            match line.parse()? {
                Property::RRule(rule) => recurrence.rules.push(rule),
                Property::ExRule(rule) => recurrence.except_rules.push(rule),
                Property::RDate(dates) => recurrence.dates.extend(dates),
                Property::ExDate(dates) => recurrence.except.extend(dates),
                other => {
                    return Err(wrong(format!(
                        "{} is no part of a recurrence",
                        other.name()
                    )));
                }
            }
        }
        Ok(recurrence)
    }

    /// Writes it as lines, one for each rule and date, without line breaks.
    #[must_use]
    pub fn to_lines(&self) -> Vec<String> {
        let rules = self.rules.iter().cloned().map(Property::RRule);
        let except_rules = self.except_rules.iter().cloned().map(Property::ExRule);
        let dates = self.dates.iter().cloned();
        let dates = dates.map(|date| Property::RDate(vec![date]));
        let except = self.except.iter().cloned();
        let except = except.map(|date| Property::ExDate(vec![date]));
        let lines = rules.chain(except_rules).chain(dates).chain(except);
        lines.map(|line| line.to_string()).collect()
    }
}

impl Property {
    /// The name of the line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Start(_) => "DTSTART",
            Self::End(_) => "DTEND",
            Self::RecurrenceId { .. } => "RECURRENCE-ID",
            Self::RRule(_) => "RRULE",
            Self::ExRule(_) => "EXRULE",
            Self::RDate(_) => "RDATE",
            Self::ExDate(_) => "EXDATE",
        }
    }
}

impl FromStr for Property {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self> {
        // A line that is folded goes on after a break and a blank (section 3.1).
        let unfolded = line
            .replace("\r\n ", "")
            .replace("\r\n\t", "")
            .replace("\n ", "");
        let line = Content::read(unfolded.trim())?;
        let one = || match line.times()?.as_slice() {
            [one] => Ok(one.clone()),
            _ => Err(line.wrong("it has one time")),
        };
        Ok(match line.name.to_ascii_uppercase().as_str() {
            "DTSTART" => Self::Start(one()?),
            "DTEND" => Self::End(one()?),
            "RECURRENCE-ID" => Self::RecurrenceId {
                original: one()?,
                and_future: match line.param("RANGE") {
                    None => false,
                    Some(range) if range.eq_ignore_ascii_case("THISANDFUTURE") => true,
                    // THISANDPRIOR of RFC 2445 "MUST NOT be generated" any more.
                    Some(_) => return Err(line.wrong("its RANGE is THISANDFUTURE or not there")),
                },
            },
            "RRULE" => Self::RRule(line.value.parse()?),
            "EXRULE" => Self::ExRule(line.value.parse()?),
            "RDATE" => Self::RDate(line.dates()?),
            "EXDATE" => Self::ExDate(line.times()?),
            _ => return Err(line.wrong("it is not a line of a series that is read here")),
        })
    }
}

/// As one line; times of several forms, which one line cannot have, as a line for each form, with a
/// break between.
impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::RRule(rule) | Self::ExRule(rule) => write!(f, "{name}:{rule}"),
            Self::Start(time) | Self::End(time) => write_lines(f, name, [(time, None)]),
            Self::RecurrenceId {
                original,
                and_future: false,
            } => write_lines(f, name, [(original, None)]),
            Self::RecurrenceId { original, .. } => {
                write_lines(f, "RECURRENCE-ID;RANGE=THISANDFUTURE", [(original, None)])
            }
            Self::ExDate(times) => write_lines(f, name, times.iter().map(|time| (time, None))),
            Self::RDate(dates) => {
                let dates = dates.iter().map(|date| (&date.start, date.end.as_ref()));
                write_lines(f, name, dates)
            }
        }
    }
}

/// Name, parameters and value of a line.
struct Content<'a> {
    name: &'a str,
    params: Vec<(&'a str, String)>,
    value: &'a str,
}

impl<'a> Content<'a> {
    fn read(line: &'a str) -> Result<Self> {
        let no_line = || wrong(format!("{line:?} is no line of the form NAME:VALUE"));
        let end = line.find([';', ':']).ok_or_else(no_line)?;
        let (name, mut rest) = line.split_at(end);
        let mut params = Vec::new();
        while let Some(param) = rest.strip_prefix(';') {
            let (key, value) = param.split_once('=').ok_or_else(no_line)?;
            let (value, after) = match value.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(no_line)?,
                None => value.split_at(value.find([';', ':']).ok_or_else(no_line)?),
            };
            // RFC 6868.
            let value = value
                .replace("^n", "\n")
                .replace("^'", "\"")
                .replace("^^", "^");
            params.push((key, value));
            rest = after;
        }
        let value = rest.strip_prefix(':').ok_or_else(no_line)?;
        Ok(Self {
            name,
            params,
            value,
        })
    }

    fn param(&self, name: &str) -> Option<&str> {
        let mut params = self.params.iter();
        let found = params.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn wrong(&self, why: &str) -> Error {
        wrong(format!("{}:{} is wrong: {why}", self.name, self.value))
    }

    fn times(&self) -> Result<Vec<EventTime>> {
        self.value.split(',').map(|text| self.time(text)).collect()
    }

    fn time(&self, text: &str) -> Result<EventTime> {
        let kind = self.param("VALUE").unwrap_or_default();
        // Many leave VALUE=DATE out; eight digits are a day all the same.
        if let Some(date) = read_date(text) {
            return Ok(EventTime::Date(date));
        }
        if kind.eq_ignore_ascii_case("DATE") {
            return Err(self.wrong("its VALUE is DATE, and it has another"));
        }
        let no_time = || self.wrong("20260131, 20260131T090000 and 20260131T090000Z are times");
        // An instant is one whatever TZID says, which "MUST NOT be applied" to it (section 3.2.19).
        if let Some(utc) = text.strip_suffix(['Z', 'z']) {
            let at = read_datetime(utc).ok_or_else(no_time)?;
            let at = TimeZone::UTC.to_timestamp(at).map_err(|_| no_time())?;
            return Ok(EventTime::Utc(at));
        }
        let local = read_datetime(text).ok_or_else(no_time)?;
        Ok(match self.param("TZID") {
            Some(name) => EventTime::Zoned {
                local,
                tz: TzId::named(name),
            },
            None => EventTime::Floating(local),
        })
    }

    fn dates(&self) -> Result<Vec<RDate>> {
        let texts = self.value.split(',');
        let dates = texts.map(|text| match text.split_once('/') {
            None => self.time(text).map(RDate::from),
            Some((start, end)) => {
                let start = self.time(start)?;
                let end = match end.starts_with(['P', 'p', '+']) {
                    true => self.after(&start, end)?,
                    false => self.time(end)?,
                };
                Ok(RDate::period(start, end))
            }
        });
        dates.collect()
    }

    /// The end of a period that has a length (section 3.3.9).
    fn after(&self, start: &EventTime, length: &str) -> Result<EventTime> {
        if start.is_date() {
            return Err(self.wrong("a period has times and no days"));
        }
        let length: Span = length
            .parse()
            .map_err(|_| self.wrong("a length is such as P1DT2H"))?;
        start.after(length)
    }
}

/// `20260131`, and nothing else.
pub(super) fn read_date(text: &str) -> Option<Date> {
    let digits = text.as_bytes();
    if digits.len() != 8 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| -> i16 {
        // At most four digits.
        digits[range]
            .iter()
            .fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0'))
    };
    // At most two digits fit.
    let small = |range| i8::try_from(part(range)).unwrap_or_default();
    Date::new(part(0..4), small(4..6), small(6..8)).ok()
}

/// `20260131T090000`, and nothing else. A leap second is the second before it.
pub(super) fn read_datetime(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_at_checked(8)?;
    let digits = time.strip_prefix(['T', 't'])?.as_bytes();
    if digits.len() != 6 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let part = |at: usize| -> Option<i8> {
        // Two digits fit.
        i8::try_from((digits[at] - b'0') * 10 + (digits[at + 1] - b'0')).ok()
    };
    let time = Time::new(part(0)?, part(2)?, part(4)?.min(59), 0).ok()?;
    Some(read_date(date)?.to_datetime(time))
}

/// Times, or periods, where they have an end.
fn write_lines<'a>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    times: impl IntoIterator<Item = (&'a EventTime, Option<&'a EventTime>)>,
) -> fmt::Result {
    let mut last = None;
    for (start, end) in times {
        let form = (Form::of(start), end.is_some());
        if last.as_ref() == Some(&form) {
            f.write_str(",")?;
        } else {
            f.write_str(if last.is_some() { "\r\n" } else { "" })?;
            f.write_str(name)?;
            f.write_str(if end.is_some() { ";VALUE=PERIOD" } else { "" })?;
            write_form(f, start)?;
            f.write_str(":")?;
            last = Some(form);
        }
        write_value(f, start)?;
        match end {
            None => {}
            Some(end) if Form::of(start) == Form::of(end) => {
                f.write_str("/")?;
                write_value(f, end)?;
            }
            // An end in another form is as far away as it is.
            Some(end) => write!(f, "/PT{}S", seconds(start, end))?,
        }
    }
    Ok(())
}

/// What the times of one line have in common.
#[derive(PartialEq)]
enum Form<'a> {
    Date,
    Floating,
    Utc,
    Zoned(&'a TzId),
}

impl<'a> Form<'a> {
    fn of(time: &'a EventTime) -> Self {
        match time {
            EventTime::Date(_) => Self::Date,
            EventTime::Floating(_) => Self::Floating,
            EventTime::Utc(_) => Self::Utc,
            EventTime::Zoned { tz, .. } => Self::Zoned(tz),
        }
    }
}

fn write_form(f: &mut fmt::Formatter<'_>, time: &EventTime) -> fmt::Result {
    match time {
        EventTime::Date(_) => f.write_str(";VALUE=DATE"),
        EventTime::Zoned { tz, .. } => {
            let name = tz.iana.as_deref().unwrap_or(&tz.raw);
            let name = name
                .replace('^', "^^")
                .replace('"', "^'")
                .replace(['\r', '\n'], "^n");
            match name.contains([':', ';', ',']) {
                true => write!(f, ";TZID=\"{name}\""),
                false => write!(f, ";TZID={name}"),
            }
        }
        EventTime::Utc(_) | EventTime::Floating(_) => Ok(()),
    }
}

fn write_value(f: &mut fmt::Formatter<'_>, time: &EventTime) -> fmt::Result {
    let wall = time.wall();
    write!(f, "{:04}{:02}{:02}", wall.year(), wall.month(), wall.day())?;
    if !time.is_date() {
        write!(
            f,
            "T{:02}{:02}{:02}",
            wall.hour(),
            wall.minute(),
            wall.second()
        )?;
    }
    match time {
        EventTime::Utc(_) => f.write_str("Z"),
        _ => Ok(()),
    }
}

fn seconds(start: &EventTime, end: &EventTime) -> i64 {
    let at = |time: &EventTime| time.to_timestamp(&TimeZone::UTC).ok();
    let long = at(start)
        .zip(at(end))
        .map(|(start, end)| end.duration_since(start));
    long.unwrap_or(SignedDuration::ZERO).as_secs().max(0)
}

fn wrong(what: String) -> Error {
    Error::invalid_input(what)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(line: &str) -> Property {
        line.parse().unwrap()
    }

    fn berlin(day: i8, hour: i8) -> EventTime {
        EventTime::zoned(date(2026, 6, day).at(hour, 0, 0, 0), "Europe/Berlin")
    }

    #[test]
    fn the_lines_of_the_rfc_are_read_and_written_back() {
        // RFC 5545, sections 3.8.2.4, 3.8.4.4, 3.8.5.1, 3.8.5.2 and 3.8.5.3.
        for line in [
            "DTSTART:19980118T073000Z",
            "DTSTART;TZID=America/New_York:19970902T090000",
            "DTEND;VALUE=DATE:19980704",
            "RECURRENCE-ID;VALUE=DATE:19960401",
            "RECURRENCE-ID;RANGE=THISANDFUTURE:19960120T120000Z",
            "EXDATE:19960402T010000Z,19960403T010000Z,19960404T010000Z",
            "RDATE:19970714T123000Z",
            "RDATE;TZID=America/New_York:19970714T083000",
            "RDATE;VALUE=DATE:19970101,19970120,19970217,19970421",
            "RRULE:FREQ=DAILY;UNTIL=19971224T000000Z",
            "EXRULE:FREQ=WEEKLY;COUNT=4;INTERVAL=2;BYDAY=TU",
        ] {
            assert_eq!(read(line).to_string(), line);
        }
        // Section 3.8.5.2: periods, one of them with a length.
        let line = "RDATE;VALUE=PERIOD:19960403T020000Z/19960403T040000Z,19960404T010000Z/PT3H";
        let at = |text: &str| EventTime::Utc(text.parse().unwrap());
        let dates = vec![
            RDate::period(at("1996-04-03T02:00:00Z"), at("1996-04-03T04:00:00Z")),
            RDate::period(at("1996-04-04T01:00:00Z"), at("1996-04-04T04:00:00Z")),
        ];
        assert_eq!(read(line), Property::RDate(dates.clone()));
        assert_eq!(
            read(&Property::RDate(dates.clone()).to_string()),
            Property::RDate(dates)
        );
    }

    #[test]
    fn what_other_programs_write_is_read() {
        let nine = Property::ExDate(vec![berlin(1, 9)]);
        for line in [
            "exdate;tzid=Europe/Berlin:20260601t090000",
            "EXDATE;VALUE=DATE-TIME;TZID=\"Europe/Berlin\":20260601T090000",
            "EXDATE;TZID=Europe/Ber\r\n lin:20260601T0900\r\n 00\r\n",
        ] {
            assert_eq!(read(line), nine, "{line}");
        }
        // A zone by its Windows name stays readable as what it was.
        let Property::Start(EventTime::Zoned { tz, .. }) =
            read("DTSTART;TZID=W. Europe Standard Time:20260601T090000")
        else {
            panic!("a time in a zone");
        };
        assert_eq!(tz.iana.as_deref(), Some("Europe/Berlin"));
        assert_eq!(&*tz.raw, "W. Europe Standard Time");
        // Without VALUE=DATE, and with a zone that an instant does not have.
        let day = Property::Start(EventTime::Date(date(2026, 6, 1)));
        assert_eq!(read("DTSTART:20260601"), day);
        let utc = "2026-06-01T09:00:00Z".parse().unwrap();
        let instant = Property::End(EventTime::Utc(utc));
        assert_eq!(read("DTEND;TZID=Europe/Berlin:20260601T090000Z"), instant);
    }

    #[test]
    fn the_days_of_a_period_are_of_the_wall_and_its_hours_pass() {
        // Summer time ends in Berlin on 2026-10-25 at three (EU directive 2000/84/EC).
        let end = |length: &str| {
            let line = format!("RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20261024T120000/{length}");
            let Property::RDate(dates) = read(&line) else {
                panic!("a date");
            };
            let end = dates[0].end.clone().unwrap();
            end.to_timestamp(&TimeZone::UTC).unwrap().to_string()
        };
        assert_eq!(end("P1D"), "2026-10-25T11:00:00Z");
        assert_eq!(end("PT24H"), "2026-10-25T10:00:00Z");
        // The second half past two of that night.
        assert_eq!(end("PT15H30M"), "2026-10-25T01:30:00Z");
    }

    #[test]
    fn times_of_several_forms_are_several_lines() {
        let utc = EventTime::Utc("2026-06-03T07:00:00Z".parse().unwrap());
        let dates = [berlin(1, 9), berlin(2, 9), utc.clone()];
        let text = Property::ExDate(dates.to_vec()).to_string();
        assert_eq!(
            text,
            "EXDATE;TZID=Europe/Berlin:20260601T090000,20260602T090000\r\nEXDATE:20260603T070000Z"
        );
        // An end in another form is said as a length.
        let period = RDate::period(berlin(3, 9), utc);
        assert_eq!(
            Property::RDate(vec![period]).to_string(),
            "RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260603T090000/PT0S"
        );
    }

    #[test]
    fn what_is_no_such_line_is_refused_and_shown() {
        for (line, shown) in [
            ("", "NAME:VALUE"),
            ("EXDATE", "NAME:VALUE"),
            ("EXDATE;TZID=Europe/Berlin", "NAME:VALUE"),
            ("EXDATE;TZID=\"Europe:20260601T090000", "NAME:VALUE"),
            ("SUMMARY:Tea", "SUMMARY"),
            ("DTSTART:20260631", "20260631"),
            ("DTSTART:20260601T250000", "20260601T250000"),
            ("DTSTART:20260601T090000,20260602T090000", "one time"),
            ("DTSTART;VALUE=DATE:20260601T090000", "VALUE"),
            ("RDATE;VALUE=PERIOD:20260601/P1D", "no days"),
            ("RDATE;VALUE=PERIOD:20260601T090000Z/Pear", "P1DT2H"),
            ("RECURRENCE-ID;RANGE=THISANDPRIOR:20260601", "THISANDFUTURE"),
            ("RRULE:FREQ=NEVER", "FREQ"),
            ("DTSTART:2026060é", "2026060é"),
        ] {
            let error = line.parse::<Property>().unwrap_err().to_string();
            assert!(error.contains(shown), "{line}: {error}");
        }
        let error = Recurrence::from_lines(["DTSTART:20260601"]).unwrap_err();
        assert!(error.to_string().contains("DTSTART"), "{error}");
    }
}
