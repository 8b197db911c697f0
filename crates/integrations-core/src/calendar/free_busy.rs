//! When people are free, and when they can meet.

use jiff::{SignedDuration, Timestamp};

use super::model::ShowAs;
use super::recurrence::Weekday;
use super::request::Subject;
use crate::error::{Error, Result};
use crate::raw::Raw;
use crate::time::{TimeRange, TzId};

/// A span of taken time, and how it is taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct BusySpan {
    /// When.
    pub range: TimeRange,
    /// How: busy, tentative, out of the office.
    pub show_as: ShowAs,
}

impl BusySpan {
    /// A span.
    #[must_use]
    pub fn new(range: TimeRange, show_as: ShowAs) -> Self {
        Self { range, show_as }
    }
}

/// When one subject is busy.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FreeBusy {
    /// Whose.
    pub subject: Subject,
    /// When the time is taken: in order, joined where spans touch, cut to what was asked for.
    pub busy: Vec<TimeRange>,
    /// How the time is taken, where the provider says: in order, not joined, cut to what was asked
    /// for. `busy` has all of it.
    pub spans: Vec<BusySpan>,
    /// Why it is not known. `busy` says nothing then.
    pub unknown: Option<String>,
    /// The vendor's own form. Of an answer in parts it is that of the first.
    pub raw: Raw,
}

impl FreeBusy {
    /// What is known of a subject; the spans may come in any order and overlap.
    #[must_use]
    pub fn new(subject: Subject, busy: Vec<TimeRange>) -> Self {
        Self {
            subject,
            busy: merge(busy),
            spans: Vec::new(),
            unknown: None,
            raw: Raw::None,
        }
    }

    /// What is known of a subject, with how its time is taken. Free spans take no time.
    #[must_use]
    pub fn from_spans(subject: Subject, spans: Vec<BusySpan>) -> Self {
        let busy = spans.iter().filter(|span| span.show_as.is_busy());
        let mut all = Self::new(subject, busy.map(|span| span.range).collect());
        all.spans = spans;
        all.spans.sort();
        all
    }

    /// A subject of which nothing is known.
    pub fn unknown(subject: Subject, why: impl Into<String>) -> Self {
        Self {
            subject,
            busy: Vec::new(),
            spans: Vec::new(),
            raw: Raw::None,
            unknown: Some(why.into()),
        }
    }

    /// Cuts the busy time to a span.
    #[must_use]
    pub fn within(mut self, range: TimeRange) -> Self {
        let cut = |busy: TimeRange| {
            TimeRange::new(busy.start.max(range.start), busy.end.min(range.end)).ok()
        };
        self.busy = self.busy.into_iter().filter_map(cut).collect();
        self.spans = self
            .spans
            .into_iter()
            .filter_map(|span| Some(BusySpan::new(cut(span.range)?, span.show_as)))
            .collect();
        self
    }
}

/// Joins spans that overlap or touch.
pub(super) fn merge(mut spans: Vec<TimeRange>) -> Vec<TimeRange> {
    spans.sort();
    let mut merged: Vec<TimeRange> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// The hours in which meetings may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingHours {
    /// The zone whose wall the hours are on.
    pub time_zone: TzId,
    /// The days.
    pub days: Vec<Weekday>,
    /// The first hour of a day, 0 to 23.
    pub from_hour: i8,
    /// The hour at which a day ends, 1 to 24.
    pub to_hour: i8,
}

impl WorkingHours {
    /// Monday to Friday, 9 to 17, in a zone by its IANA name.
    pub fn weekdays(iana: impl Into<String>) -> Self {
        Self {
            time_zone: TzId::iana(iana),
            days: vec![
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
            ],
            from_hour: 9,
            to_hour: 17,
        }
    }

    /// The spans in which meetings may be, within `range`.
    fn spans(&self, range: TimeRange) -> Result<Vec<TimeRange>> {
        if !(0..=23).contains(&self.from_hour) || !(self.from_hour + 1..=24).contains(&self.to_hour)
        {
            return Err(Error::invalid_input(
                "working hours end after they start, by 24",
            ));
        }
        let zone = self.time_zone.time_zone()?;
        let wall = |date: jiff::civil::Date, hour: i8| -> Result<Timestamp> {
            let far = |_| Error::invalid_input("the range leaves the range of time");
            let (date, hour) = if hour == 24 {
                (date.tomorrow().map_err(far)?, 0)
            } else {
                (date, hour)
            };
            zone.to_ambiguous_timestamp(date.at(hour, 0, 0, 0))
                .compatible()
                .map_err(far)
        };
        let mut spans = Vec::new();
        let mut date = zone.to_datetime(range.start).date();
        let last = zone.to_datetime(range.end).date();
        while date <= last {
            if self.days.contains(&Weekday::from(date.weekday())) {
                let start = wall(date, self.from_hour)?.max(range.start);
                let end = wall(date, self.to_hour)?.min(range.end);
                spans.extend(TimeRange::new(start, end));
            }
            match date.tomorrow() {
                Ok(next) => date = next,
                Err(_) => break,
            }
        }
        Ok(spans)
    }
}

/// A search for a time at which everybody can meet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeetingTimeQuery {
    /// Who must be free.
    pub subjects: Vec<Subject>,
    /// Where to look.
    pub range: TimeRange,
    /// How long the meeting is.
    pub duration: SignedDuration,
    /// Meetings start at a multiple of this on the clock, for example 15 minutes.
    pub step: SignedDuration,
    /// Free time that is kept before and after.
    pub buffer: SignedDuration,
    /// Only in these hours.
    pub hours: Option<WorkingHours>,
    /// How many times are wanted.
    pub limit: usize,
}

impl MeetingTimeQuery {
    /// The first 10 times for a meeting, starting at full quarters of an hour.
    #[must_use]
    pub fn new(subjects: Vec<Subject>, range: TimeRange, duration: SignedDuration) -> Self {
        Self {
            subjects,
            range,
            duration,
            step: SignedDuration::from_mins(15),
            buffer: SignedDuration::ZERO,
            hours: None,
            limit: 10,
        }
    }

    /// Only in these hours.
    #[must_use]
    pub fn with_hours(mut self, hours: WorkingHours) -> Self {
        self.hours = Some(hours);
        self
    }

    /// Keeps free time before and after.
    #[must_use]
    pub fn with_buffer(mut self, buffer: SignedDuration) -> Self {
        self.buffer = buffer;
        self
    }

    /// How many times are wanted.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Checks the query.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check(&self) -> Result<()> {
        if self.subjects.is_empty() {
            return Err(Error::invalid_input(
                "nobody is to meet: name whose time counts",
            ));
        }
        if self.duration < SignedDuration::from_secs(60)
            || self.step < SignedDuration::from_secs(60)
        {
            return Err(Error::invalid_input(
                "a meeting and the step are a minute at least",
            ));
        }
        if self.buffer.is_negative() || self.limit == 0 {
            return Err(Error::invalid_input(
                "the buffer is not negative, and the limit 1 at least",
            ));
        }
        Ok(())
    }

    /// The times that are free for all, earliest first.
    ///
    /// # Errors
    /// `InvalidInput` for hours that make no day; `NotFound` when a subject's time is not known: it
    /// is not taken for free.
    pub fn search(&self, known: &[FreeBusy]) -> Result<Vec<TimeRange>> {
        self.check()?;
        let mut busy = Vec::new();
        for one in known {
            if let Some(why) = &one.unknown {
                return Err(Error::not_found(format_args!(
                    "free/busy of {:?} ({why})",
                    one.subject
                )));
            }
            busy.extend(&one.busy);
        }
        let busy = merge(busy);
        let spans = match &self.hours {
            Some(hours) => hours.spans(self.range)?,
            None => vec![self.range],
        };
        let mut found = Vec::new();
        for span in spans {
            self.search_span(span, &busy, &mut found);
            if found.len() >= self.limit {
                break;
            }
        }
        Ok(found)
    }

    fn search_span(&self, span: TimeRange, busy: &[TimeRange], found: &mut Vec<TimeRange>) {
        let step = self.step.as_secs();
        let on_step = |instant: Timestamp| {
            let seconds = instant.as_second() + i64::from(instant.subsec_nanosecond() > 0);
            let up = seconds.rem_euclid(step);
            Timestamp::from_second(if up == 0 {
                seconds
            } else {
                seconds - up + step
            })
            .ok()
        };
        let mut at = on_step(span.start);
        while let Some(start) = at
            && found.len() < self.limit
        {
            let Some(end) = start
                .checked_add(self.duration)
                .ok()
                .filter(|end| *end <= span.end)
            else {
                return;
            };
            let (Ok(from), Ok(to)) = (start.checked_sub(self.buffer), end.checked_add(self.buffer))
            else {
                return;
            };
            let kept = TimeRange {
                start: from,
                end: to,
            };
            match busy.iter().rev().find(|busy| busy.overlaps(&kept)) {
                // On to where the last of them ends.
                Some(busy) => {
                    at = busy.end.checked_add(self.buffer).ok().and_then(on_step);
                }
                None => {
                    found.push(TimeRange { start, end });
                    at = start.checked_add(self.step).ok();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> TimeRange {
        TimeRange::new(
            format!("2026-06-{from}Z").parse().unwrap(),
            format!("2026-06-{to}Z").parse().unwrap(),
        )
        .unwrap()
    }

    fn who() -> Subject {
        Subject::Person("a@example.com".into())
    }

    fn query(range: TimeRange) -> MeetingTimeQuery {
        MeetingTimeQuery::new(vec![who()], range, SignedDuration::from_mins(30))
    }

    #[test]
    fn busy_time_is_joined_and_cut() {
        let busy = vec![
            span("01T10:00", "01T11:00"),
            span("01T09:00", "01T10:00"),
            span("01T10:15", "01T10:30"),
        ];
        let all = FreeBusy::new(who(), busy).within(span("01T09:30", "01T10:45"));
        assert_eq!(all.busy, [span("01T09:30", "01T10:45")]);
    }

    #[test]
    fn how_time_is_taken_is_kept_beside_the_joined_time() {
        let all = FreeBusy::from_spans(
            who(),
            vec![
                BusySpan::new(span("01T10:00", "01T11:00"), ShowAs::OutOfOffice),
                BusySpan::new(span("01T09:00", "01T10:00"), ShowAs::Tentative),
                BusySpan::new(span("01T12:00", "01T13:00"), ShowAs::Free),
            ],
        );
        assert_eq!(all.busy, [span("01T09:00", "01T11:00")]);
        assert_eq!(all.spans[0].show_as, ShowAs::Tentative);
        let cut = all.within(span("01T10:30", "01T10:45"));
        assert_eq!(
            cut.spans,
            [BusySpan::new(
                span("01T10:30", "01T10:45"),
                ShowAs::OutOfOffice
            )]
        );
    }

    #[test]
    fn a_meeting_fits_exactly_between_two_others() {
        let busy = FreeBusy::new(
            who(),
            vec![span("01T09:00", "01T10:00"), span("01T10:30", "01T12:00")],
        );
        let found = query(span("01T09:00", "01T12:00"))
            .search(std::slice::from_ref(&busy))
            .unwrap();
        assert_eq!(found, [span("01T10:00", "01T10:30")]);
        let none = query(span("01T09:00", "01T12:00")).with_buffer(SignedDuration::from_mins(5));
        assert!(none.search(&[busy]).unwrap().is_empty());
    }

    #[test]
    fn meetings_start_on_the_step_and_in_working_hours() {
        let hours = WorkingHours::weekdays("Europe/Berlin");
        // From Friday evening to Monday: 9:00 in Berlin is 7:00 in UTC in June.
        let query = query(span("05T14:20", "08T08:00"))
            .with_hours(hours)
            .with_limit(3);
        let found = query.search(&[FreeBusy::new(who(), vec![])]).unwrap();
        assert_eq!(
            found,
            [
                span("05T14:30", "05T15:00"),
                span("08T07:00", "08T07:30"),
                span("08T07:15", "08T07:45")
            ]
        );
    }

    #[test]
    fn somebody_whose_time_is_not_known_is_not_free() {
        let unknown = FreeBusy::unknown(who(), "no access");
        let error = query(span("01T09:00", "01T12:00"))
            .search(&[unknown])
            .unwrap_err();
        assert!(error.to_string().contains("no access"), "{error}");
    }
}
