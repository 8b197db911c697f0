//! Which parts go together (RFC 5545, section 3.3.10, the table and the text before it).

use jiff::tz::TimeZone;

use super::rule::{Frequency, RRule, RuleEnd, Until};
use crate::error::{Error, Result};
use crate::time::EventTime;

impl RRule {
    /// Checks that the parts are in range and go together.
    ///
    /// # Errors
    /// `InvalidInput` that names the part.
    pub fn check(&self) -> Result<()> {
        use Frequency::{Daily, Monthly, Weekly, Yearly};
        let frequency = self.frequency;
        let within = |part: &str, fits: bool, bounds: &str| {
            if fits {
                Ok(())
            } else {
                Err(wrong(format!("{part} is {bounds}")))
            }
        };
        within(
            "BYSECOND",
            self.by_second.iter().all(|n| *n <= 60),
            "0 to 60",
        )?;
        within(
            "BYMINUTE",
            self.by_minute.iter().all(|n| *n <= 59),
            "0 to 59",
        )?;
        within("BYHOUR", self.by_hour.iter().all(|n| *n <= 23), "0 to 23")?;
        within(
            "BYMONTH",
            self.by_month.iter().all(|n| (1..=12).contains(n)),
            "1 to 12",
        )?;
        let signed = |n: i16, most: i16| n != 0 && (-most..=most).contains(&n);
        let days = self.by_month_day.iter();
        within(
            "BYMONTHDAY",
            days.clone().all(|n| signed((*n).into(), 31)),
            "1 to 31 or -31 to -1",
        )?;
        let weeks = self.by_week_no.iter();
        within(
            "BYWEEKNO",
            weeks.clone().all(|n| signed((*n).into(), 53)),
            "1 to 53 or -53 to -1",
        )?;
        for (part, days) in [
            ("BYYEARDAY", &self.by_year_day),
            ("BYSETPOS", &self.by_set_pos),
        ] {
            within(
                part,
                days.iter().all(|n| signed(*n, 366)),
                "1 to 366 or -366 to -1",
            )?;
        }
        let nth = self.by_day.iter().filter_map(|by| by.nth);
        within(
            "the number in BYDAY",
            nth.clone().all(|n| signed(n.into(), 53)),
            "1 to 53 or -53 to -1",
        )?;

        if nth.count() > 0 && !matches!(frequency, Monthly | Yearly) {
            return Err(wrong("a number in BYDAY needs FREQ=MONTHLY or YEARLY"));
        }
        if self.by_day.iter().any(|by| by.nth.is_some()) && !self.by_week_no.is_empty() {
            return Err(wrong("a number in BYDAY does not go with BYWEEKNO"));
        }
        if !self.by_week_no.is_empty() && frequency != Yearly {
            return Err(wrong("BYWEEKNO needs FREQ=YEARLY"));
        }
        if !self.by_year_day.is_empty() && matches!(frequency, Daily | Weekly | Monthly) {
            return Err(wrong(
                "BYYEARDAY does not go with FREQ=DAILY, WEEKLY or MONTHLY",
            ));
        }
        if !self.by_month_day.is_empty() && frequency == Weekly {
            return Err(wrong("BYMONTHDAY does not go with FREQ=WEEKLY"));
        }
        let others = [
            self.by_second.is_empty(),
            self.by_minute.is_empty(),
            self.by_hour.is_empty(),
            self.by_day.is_empty(),
            self.by_month_day.is_empty(),
            self.by_year_day.is_empty(),
            self.by_week_no.is_empty(),
            self.by_month.is_empty(),
        ];
        if !self.by_set_pos.is_empty() && others.into_iter().all(|empty| empty) {
            return Err(wrong("BYSETPOS needs another BY part to choose from"));
        }
        Ok(())
    }

    /// Checks that the rule's times have the form of the start: "the value of UNTIL must have the
    /// same type as DTSTART", and UTC where the start has a zone.
    pub(super) fn check_start(&self, start: &EventTime) -> Result<()> {
        let time_parts =
            !self.by_hour.is_empty() || !self.by_minute.is_empty() || !self.by_second.is_empty();
        if start.is_date() && (time_parts || self.frequency.is_sub_daily()) {
            return Err(wrong("a whole day repeats by days, not by hours"));
        }
        let RuleEnd::Until(until) = self.end else {
            return Ok(());
        };
        match (start, until) {
            (EventTime::Date(_), Until::Date(_))
            | (EventTime::Floating(_), Until::Local(_))
            | (EventTime::Utc(_) | EventTime::Zoned { .. }, Until::Utc(_)) => Ok(()),
            (EventTime::Date(_), _) => Err(wrong("UNTIL is a date when the event is")),
            (EventTime::Floating(_), _) => {
                Err(wrong("UNTIL is a local time when the event floats"))
            }
            _ => Err(wrong("UNTIL is in UTC when the event has a zone")),
        }
    }

    /// Checks that it does not end before its series begins: then it has no occurrence.
    pub(super) fn check_reach(&self, start: &EventTime) -> Result<()> {
        let RuleEnd::Until(until) = self.end else {
            return Ok(());
        };
        let over = match (start, until) {
            (EventTime::Date(start), Until::Date(until)) => until < *start,
            (EventTime::Floating(start), Until::Local(until)) => until < *start,
            // A zone that is not known is told elsewhere.
            (_, Until::Utc(until)) => start
                .to_timestamp(&TimeZone::UTC)
                .is_ok_and(|at| until < at),
            _ => false,
        };
        match over {
            true => Err(wrong(
                "it ends before the event begins, and has no occurrence",
            )),
            false => Ok(()),
        }
    }
}

fn wrong(what: impl Into<String>) -> Error {
    Error::invalid_input(format!("the recurrence rule is wrong: {}", what.into()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::recurrence::Recurrence;

    #[test]
    fn a_rule_that_ends_before_its_event_is_refused_and_one_that_was_read_is_not() {
        let at = |day| EventTime::zoned(date(2026, 6, day).at(9, 0, 0, 0), "Europe/Berlin");
        let rule: RRule = "FREQ=DAILY;UNTIL=20260607T070000Z".parse().unwrap();
        let recurrence = Recurrence::from(rule);
        // Nine in Berlin is seven in UTC in summer: the seventh is still in.
        recurrence.check(&at(7)).unwrap();
        recurrence.check(&at(8)).unwrap_err();
        recurrence.normalized(&at(8)).unwrap();
        let days = Recurrence::from("FREQ=DAILY;UNTIL=20260607".parse::<RRule>().unwrap());
        days.check(&EventTime::Date(date(2026, 6, 7))).unwrap();
        days.check(&EventTime::Date(date(2026, 6, 8))).unwrap_err();
    }
}
