//! A rule as text.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use jiff::tz::TimeZone;

use super::property::{read_date, read_datetime};
use super::rule::{ByDay, Frequency, RRule, RuleEnd, Until, Weekday};
use crate::error::{Error, Result};

const FREQUENCIES: [(&str, Frequency); 7] = [
    ("SECONDLY", Frequency::Secondly),
    ("MINUTELY", Frequency::Minutely),
    ("HOURLY", Frequency::Hourly),
    ("DAILY", Frequency::Daily),
    ("WEEKLY", Frequency::Weekly),
    ("MONTHLY", Frequency::Monthly),
    ("YEARLY", Frequency::Yearly),
];

const DAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

/// The parts of a rule.
const PARTS: [&str; 14] = [
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "BYDAY",
    "BYMONTH",
    "BYMONTHDAY",
    "BYSETPOS",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYYEARDAY",
    "BYWEEKNO",
    "WKST",
];

fn name<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    // The tables are complete.
    table
        .iter()
        .find(|(_, known)| known == value)
        .map_or("", |(name, _)| name)
}

impl fmt::Display for RRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", name(&FREQUENCIES, &self.frequency))?;
        match &self.end {
            RuleEnd::Never => {}
            RuleEnd::Count(count) => write!(f, ";COUNT={count}")?,
            RuleEnd::Until(until) => write!(f, ";UNTIL={until}")?,
        }
        if self.interval != NonZeroU32::MIN {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        list(f, "BYSECOND", &self.by_second)?;
        list(f, "BYMINUTE", &self.by_minute)?;
        list(f, "BYHOUR", &self.by_hour)?;
        list(f, "BYDAY", &self.by_day)?;
        list(f, "BYMONTHDAY", &self.by_month_day)?;
        list(f, "BYYEARDAY", &self.by_year_day)?;
        list(f, "BYWEEKNO", &self.by_week_no)?;
        list(f, "BYMONTH", &self.by_month)?;
        list(f, "BYSETPOS", &self.by_set_pos)?;
        if self.week_start != Weekday::Monday {
            write!(f, ";WKST={}", name(&DAYS, &self.week_start))?;
        }
        Ok(())
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, part: &str, values: &[T]) -> fmt::Result {
    for (place, value) in values.iter().enumerate() {
        match place {
            0 => write!(f, ";{part}={value}")?,
            _ => write!(f, ",{value}")?,
        }
    }
    Ok(())
}

impl fmt::Display for ByDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nth) = self.nth {
            write!(f, "{nth}")?;
        }
        f.write_str(name(&DAYS, &self.day))
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.strftime("%Y%m%d").fmt(f),
            Self::Local(local) => local.strftime("%Y%m%dT%H%M%S").fmt(f),
            Self::Utc(instant) => {
                let utc = TimeZone::UTC.to_datetime(*instant);
                utc.strftime("%Y%m%dT%H%M%SZ").fmt(f)
            }
        }
    }
}

impl FromStr for Until {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::invalid_input(format!("UNTIL={text} is not a date or time"));
        if let Some(date) = read_date(text) {
            return Ok(Self::Date(date));
        }
        if let Some(utc) = text.strip_suffix(['Z', 'z']) {
            let at = read_datetime(utc).ok_or_else(wrong)?;
            let at = TimeZone::UTC.to_timestamp(at).map_err(|_| wrong())?;
            return Ok(Self::Utc(at));
        }
        read_datetime(text).map(Self::Local).ok_or_else(wrong)
    }
}

impl FromStr for ByDay {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::invalid_input(format!("{text} is not a day of BYDAY"));
        let at = text
            .len()
            .checked_sub(2)
            .filter(|at| text.is_char_boundary(*at));
        let (nth, day) = text.split_at(at.ok_or_else(wrong)?);
        Ok(Self {
            nth: match nth {
                "" => None,
                nth => Some(nth.parse().map_err(|_| wrong())?),
            },
            day: weekday(day).ok_or_else(wrong)?,
        })
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    let known = DAYS
        .iter()
        .find(|(name, _)| text.eq_ignore_ascii_case(name));
    known.map(|(_, day)| *day)
}

/// Reads a rule: the value of `RRULE`, with or without the property's name before it.
///
/// The order of the parts and the case do not matter. A part that the RFC does not have, one that
/// comes twice, and a combination that it forbids are errors.
impl FromStr for RRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong =
            |what: String| Error::invalid_input(format!("the recurrence rule is wrong: {what}"));
        let text = text.trim();
        let value = match text.get(..6) {
            Some(head) if head.eq_ignore_ascii_case("RRULE:") => &text[6..],
            _ => text,
        };
        let mut frequency = None;
        let mut rule = Self::new(Frequency::Daily);
        let mut seen = 0_u16;
        for part in value.split(';').filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(wrong(format!("{part} is not NAME=VALUE")));
            };
            let known = PARTS
                .iter()
                .position(|known| name.eq_ignore_ascii_case(known));
            let Some(place) = known else {
                return Err(wrong(format!("{name} is not a part of RFC 5545")));
            };
            let name = PARTS[place];
            if seen & (1 << place) != 0 {
                return Err(wrong(format!("{name} comes twice")));
            }
            seen |= 1 << place;
            match name {
                "FREQ" => {
                    let mut known = FREQUENCIES.iter();
                    let known = known.find(|(known, _)| value.eq_ignore_ascii_case(known));
                    let known = known.ok_or_else(|| wrong(format!("FREQ={value} is not known")))?;
                    frequency = Some(known.1);
                }
                "INTERVAL" => rule.interval = number(name, value)?,
                "COUNT" | "UNTIL" if rule.end != RuleEnd::Never => {
                    return Err(wrong("COUNT and UNTIL do not go together".to_owned()));
                }
                "COUNT" => rule.end = RuleEnd::Count(number(name, value)?),
                "UNTIL" => rule.end = RuleEnd::Until(value.parse()?),
                "BYSECOND" => rule.by_second = numbers(name, value)?,
                "BYMINUTE" => rule.by_minute = numbers(name, value)?,
                "BYHOUR" => rule.by_hour = numbers(name, value)?,
                "BYDAY" => rule.by_day = value.split(',').map(str::parse).collect::<Result<_>>()?,
                "BYMONTHDAY" => rule.by_month_day = numbers(name, value)?,
                "BYYEARDAY" => rule.by_year_day = numbers(name, value)?,
                "BYWEEKNO" => rule.by_week_no = numbers(name, value)?,
                "BYMONTH" => rule.by_month = numbers(name, value)?,
                "BYSETPOS" => rule.by_set_pos = numbers(name, value)?,
                // WKST: the last of the parts.
                _ => {
                    let day = weekday(value);
                    rule.week_start =
                        day.ok_or_else(|| wrong(format!("WKST={value} is not a day")))?;
                }
            }
        }
        rule.frequency = frequency.ok_or_else(|| wrong("FREQ is missing".to_owned()))?;
        rule.check()?;
        Ok(rule)
    }
}

fn number<T: FromStr>(name: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| {
        Error::invalid_input(format!(
            "the recurrence rule is wrong: {name}={text} is not a number that {name} can be"
        ))
    })
}

fn numbers<T: FromStr>(name: &str, text: &str) -> Result<Vec<T>> {
    text.split(',').map(|text| number(name, text)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// evidence: local_calendar: create_event, get_event: published vector: the rules of RFC 5545, section 3.8.5.3
    #[test]
    fn the_examples_of_the_rfc_are_read_and_written() {
        // RFC 5545, section 3.8.5.3; the part that the text repeats in another order is written
        // in ours.
        for text in [
            "FREQ=DAILY;COUNT=10",
            "FREQ=DAILY;UNTIL=19971224T000000Z",
            "FREQ=DAILY;INTERVAL=2",
            "FREQ=DAILY;COUNT=5;INTERVAL=10",
            "FREQ=YEARLY;UNTIL=20000131T140000Z;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYMONTH=1",
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            "FREQ=YEARLY;COUNT=10;INTERVAL=3;BYYEARDAY=1,100,200",
            "FREQ=YEARLY;BYDAY=20MO",
            "FREQ=YEARLY;BYDAY=MO;BYWEEKNO=20",
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "FREQ=YEARLY;INTERVAL=4;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;BYMONTH=11",
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            "FREQ=HOURLY;UNTIL=19970902T170000Z;INTERVAL=3",
            "FREQ=DAILY;BYMINUTE=0,20,40;BYHOUR=9,10,11,12,13,14,15,16",
        ] {
            let rule: RRule = text.parse().unwrap();
            assert_eq!(rule.to_string(), text);
        }
    }

    #[test]
    fn order_case_and_the_property_name_do_not_matter() {
        let one: RRule = "RRULE:freq=weekly;wkst=su;byday=mo,we;interval=2"
            .parse()
            .unwrap();
        assert_eq!(
            one.to_string(),
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU"
        );
    }

    #[test]
    fn what_the_rfc_forbids_is_refused_by_name() {
        for (text, name) in [
            ("", "FREQ"),
            ("FREQ=FORTNIGHTLY", "FREQ"),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
            ("FREQ=DAILY;COUNT=0", "COUNT"),
            ("FREQ=DAILY;COUNT=3;UNTIL=20260101", "UNTIL"),
            ("FREQ=DAILY;COUNT=3;COUNT=4", "COUNT"),
            ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
            ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
            ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO"),
            ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY"),
            ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
            ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "BYWEEKNO"),
            ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
            ("FREQ=DAILY;BYDAY=XX", "BYDAY"),
            ("FREQ=DAILY;BYEASTER=1", "BYEASTER"),
            ("FREQ=DAILY;BYDAY=é", "BYDAY"),
        ] {
            let error = text.parse::<RRule>().unwrap_err().to_string();
            assert!(error.contains(name), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            frequency in 0..7_usize, interval in 1..1000_u32, count in 0..100_u32,
            months in proptest::collection::vec(1..=12_u8, 0..3),
            hours in proptest::collection::vec(0..=23_u8, 0..3),
            days in proptest::collection::vec(0..7_usize, 0..4),
            start in 0..7_usize,
        ) {
            let mut rule = RRule::new(FREQUENCIES[frequency].1);
            rule.interval = NonZeroU32::new(interval).unwrap();
            if let Some(count) = NonZeroU32::new(count) {
                rule = rule.count(count);
            }
            rule.by_month = months;
            rule.by_hour = hours;
            rule.by_day = days.into_iter().map(|day| DAYS[day].1.into()).collect();
            rule.week_start = DAYS[start].1;
            let text = rule.to_string();
            prop_assert_eq!(text.parse::<RRule>().unwrap(), rule);
        }

        #[test]
        fn no_text_makes_it_panic(text in "(FREQ=|BYDAY=|;|=|UNTIL=|[A-Z0-9,+-]|\\PC){0,12}") {
            let _ = text.parse::<RRule>();
        }
    }
}
