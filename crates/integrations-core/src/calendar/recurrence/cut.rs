//! A recurrence in two parts: what "this and following" needs, where it makes two series of one.

use std::num::NonZeroU32;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{RRule, Recurrence, RuleEnd, Until, expand};
use crate::error::{Error, Result};
use crate::time::{EventTime, TimeRange};

fn far<E>(_: E) -> Error {
    Error::invalid_input("the series leaves the range of time")
}

fn number_of(
    rule: &RRule,
    start: &EventTime,
    from: Timestamp,
    to: Timestamp,
    local: &TimeZone,
) -> Result<u32> {
    let range = TimeRange {
        start: from,
        end: to,
    };
    let found = expand(start, &rule.clone().into(), range, local)?;
    Ok(u32::try_from(found.len()).unwrap_or(u32::MAX))
}

/// A time of a series whose start moves from one time to another: as far on the wall. `None` where
/// the forms differ: then nothing of the new series is at it.
#[must_use]
pub fn moved_with(time: &EventTime, from: &EventTime, to: &EventTime) -> Option<EventTime> {
    let by = from.wall().until(to.wall()).ok()?;
    let wall = time.wall().checked_add(by).ok()?;
    match (time, to) {
        (EventTime::Date(_), EventTime::Date(_)) => Some(EventTime::Date(wall.date())),
        (EventTime::Zoned { .. }, EventTime::Zoned { tz, .. }) => Some(EventTime::Zoned {
            local: wall,
            tz: tz.clone(),
        }),
        (EventTime::Utc(_), EventTime::Utc(_)) => {
            TimeZone::UTC.to_timestamp(wall).ok().map(EventTime::Utc)
        }
        _ => None,
    }
}

impl Recurrence {
    /// The recurrence of a series that starts at `start` before an instant, and from there on. Days
    /// and floating times are read in `local`.
    ///
    /// What `COUNT` counts is all that a rule makes, those that were taken out included (RFC 5545,
    /// section 3.8.5.1), so that both parts together have as many as before. A rule that ended
    /// before does not get longer, and is not in the second part.
    ///
    /// ```
    /// use integrations_core::calendar::recurrence::{RRule, Recurrence};
    /// use integrations_core::time::EventTime;
    /// use jiff::civil::date;
    /// use jiff::tz::TimeZone;
    ///
    /// let at = |day| EventTime::zoned(date(2026, 6, day).at(9, 0, 0, 0), "Europe/Berlin");
    /// let daily = Recurrence::from("FREQ=DAILY;COUNT=6".parse::<RRule>()?);
    /// let fourth = at(4).to_timestamp(&TimeZone::UTC)?;
    /// let (head, rest) = daily.split_at(&at(1), fourth, &TimeZone::UTC)?;
    /// assert_eq!(head.to_lines(), ["RRULE:FREQ=DAILY;UNTIL=20260604T065959Z"]);
    /// assert_eq!(rest.to_lines(), ["RRULE:FREQ=DAILY;COUNT=3"]);
    /// # Ok::<_, integrations_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Unsupported` for one with an `EXRULE`, and where a rule that goes on has no occurrence: from
    /// another start on they mean something else. Those of [`expand`].
    pub fn split_at(
        &self,
        start: &EventTime,
        at: Timestamp,
        local: &TimeZone,
    ) -> Result<(Self, Self)> {
        if !self.except_rules.is_empty() {
            return Err(Error::unsupported("cutting a series that has an EXRULE")
                .with_advice("take its occurrences out by EXDATE first"));
        }
        let second = at.checked_sub(SignedDuration::from_secs(1)).map_err(far)?;
        let last = match start {
            EventTime::Date(_) => Until::Date(local.to_datetime(second).date()),
            EventTime::Floating(_) => Until::Local(local.to_datetime(second)),
            EventTime::Zoned { .. } | EventTime::Utc(_) => Until::Utc(second),
        };
        let (mut head, mut rest) = (Self::default(), Self::default());
        for rule in &self.rules {
            let left = match rule.end {
                RuleEnd::Never => Some(RuleEnd::Never),
                RuleEnd::Until(until) => {
                    let until = match until {
                        Until::Utc(instant) => instant,
                        // The day is included.
                        Until::Date(day) => {
                            local.to_timestamp(day.at(23, 59, 59, 0)).map_err(far)?
                        }
                        Until::Local(wall) => local.to_timestamp(wall).map_err(far)?,
                    };
                    (until >= at).then_some(rule.end)
                }
                RuleEnd::Count(count) => {
                    let before = number_of(rule, start, start.to_timestamp(local)?, at, local)?;
                    NonZeroU32::new(count.get().saturating_sub(before)).map(RuleEnd::Count)
                }
            };
            let next = at.checked_add(SignedDuration::from_secs(1)).map_err(far)?;
            if left.is_some() && number_of(rule, start, at, next, local)? == 0 {
                // From a start that it does not have it would count, and take its days, anew.
                let text = "cutting a series where one of its rules has no occurrence";
                return Err(Error::unsupported(text)
                    .with_advice("cut it at an occurrence of all rules that go on"));
            }
            let mut ended = rule.clone();
            if let Some(left) = left {
                ended.end = RuleEnd::Until(last);
                let mut goes_on = rule.clone();
                goes_on.end = left;
                rest.rules.push(goes_on);
            }
            head.rules.push(ended);
        }
        for date in &self.dates {
            match date.start.to_timestamp(local)? < at {
                true => head.dates.push(date.clone()),
                false => rest.dates.push(date.clone()),
            }
        }
        for time in &self.except {
            match time.to_timestamp(local)? < at {
                true => head.except.push(time.clone()),
                false => rest.except.push(time.clone()),
            }
        }
        Ok((head, rest))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn berlin(day: i8) -> EventTime {
        EventTime::zoned(date(2026, 6, day).at(9, 0, 0, 0), "Europe/Berlin")
    }

    #[test]
    fn dates_move_on_the_wall() {
        let day = |day| EventTime::Date(date(2026, 6, day));
        // From nine to the day after at nine, over the end of summer time.
        let late = |day| EventTime::zoned(date(2026, 10, day).at(9, 0, 0, 0), "Europe/Berlin");
        let (from, to) = (berlin(1), berlin(2));
        assert_eq!(moved_with(&late(24), &from, &to), Some(late(25)));
        assert_eq!(moved_with(&day(4), &day(1), &day(2)), Some(day(5)));
        assert_eq!(moved_with(&late(24), &from, &day(2)), None);
    }

    fn cut(rule: &str, day: i8) -> (Vec<String>, Vec<String>) {
        let whole = Recurrence::from(rule.parse::<RRule>().unwrap())
            .with_except(berlin(2))
            .with_except(berlin(5));
        let at = berlin(day).to_timestamp(&TimeZone::UTC).unwrap();
        let (head, rest) = whole.split_at(&berlin(1), at, &TimeZone::UTC).unwrap();
        (head.to_lines(), rest.to_lines())
    }

    #[test]
    fn a_series_is_cut_with_its_exceptions_and_its_count() {
        let (head, rest) = cut("FREQ=DAILY;COUNT=6", 4);
        assert_eq!(
            head,
            [
                "RRULE:FREQ=DAILY;UNTIL=20260604T065959Z",
                "EXDATE;TZID=Europe/Berlin:20260602T090000"
            ]
        );
        assert_eq!(
            rest,
            [
                "RRULE:FREQ=DAILY;COUNT=3",
                "EXDATE;TZID=Europe/Berlin:20260605T090000"
            ]
        );
        let (_, rest) = cut("FREQ=DAILY", 4);
        assert_eq!(rest[0], "RRULE:FREQ=DAILY");
        let (head, rest) = cut("FREQ=DAILY;UNTIL=20260610T070000Z", 4);
        assert_eq!(head[0], "RRULE:FREQ=DAILY;UNTIL=20260604T065959Z");
        assert_eq!(rest[0], "RRULE:FREQ=DAILY;UNTIL=20260610T070000Z");
        // A rule that ended before goes on nowhere, and does not get longer.
        let (head, rest) = cut("FREQ=DAILY;UNTIL=20260602T070000Z", 4);
        assert_eq!(head[0], "RRULE:FREQ=DAILY;UNTIL=20260602T070000Z");
        assert_eq!(rest.len(), 1);
    }

    /// The first has 1, 3, 5, 7, 9 and the second 1, 4, 7, 10, 13.
    #[test]
    fn rules_go_on_from_an_occurrence_of_their_own() {
        let lines = [
            "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5",
            "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=5",
        ];
        let whole = Recurrence::from_lines(lines).unwrap();
        let cut = |day| {
            let at = berlin(day).to_timestamp(&TimeZone::UTC).unwrap();
            whole.split_at(&berlin(1), at, &TimeZone::UTC)
        };
        let (_, rest) = cut(7).unwrap();
        let left = [
            "RRULE:FREQ=DAILY;COUNT=2;INTERVAL=2",
            "RRULE:FREQ=DAILY;COUNT=3;INTERVAL=3",
        ];
        assert_eq!(rest.to_lines(), left);
        // The first has ended by the tenth, and is in the way of nothing.
        let (_, rest) = cut(10).unwrap();
        assert_eq!(rest.to_lines(), ["RRULE:FREQ=DAILY;COUNT=2;INTERVAL=3"]);
        for day in [4, 5] {
            let error = cut(day).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Unsupported, "{day}");
        }
    }

    #[test]
    fn each_rule_counts_for_itself_and_days_are_days() {
        let day = |day| EventTime::Date(date(2026, 6, day));
        let two = [
            "RRULE:FREQ=DAILY;COUNT=3",
            "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=9",
        ];
        let whole = Recurrence::from_lines(two).unwrap();
        let zone = TimeZone::get("Pacific/Kiritimati").unwrap();
        let at = day(5).to_timestamp(&zone).unwrap();
        let (head, rest) = whole.split_at(&day(1), at, &zone).unwrap();
        assert_eq!(
            head.to_lines(),
            [two[0], "RRULE:FREQ=DAILY;UNTIL=20260604;INTERVAL=2"]
        );
        assert_eq!(rest.to_lines(), ["RRULE:FREQ=DAILY;COUNT=7;INTERVAL=2"]);
        let ruled = Recurrence::from_lines(["RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"]).unwrap();
        let error = ruled.split_at(&day(1), at, &zone).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Unsupported);
    }
}
