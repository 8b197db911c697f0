//! Free/busy, and the search for a time to meet.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::Calendar;
use crate::calendar::free_busy::{FreeBusy, MeetingTimeQuery};
use crate::calendar::request::Subject;
use crate::call;
use crate::error::{Error, ErrorKind, Result};
use crate::time::TimeRange;

impl Calendar {
    /// When subjects are busy, one answer per subject in the order given. More subjects or a longer
    /// span than the provider takes at once are asked for in parts.
    ///
    /// # Errors
    /// `InvalidInput` without a subject or with one twice; `Unsupported`; what the provider
    /// answers.
    pub async fn free_busy(&self, subjects: &[Subject], range: TimeRange) -> Result<Vec<FreeBusy>> {
        call::run(&*self.0, "free_busy", async {
            self.check_subjects(subjects)?;
            let batch = match self.capabilities().max_free_busy_subjects {
                0 => subjects.len(),
                most => most,
            };
            let mut all = Vec::with_capacity(subjects.len());
            for subjects in subjects.chunks(batch.max(1)) {
                all.extend(self.free_busy_batch(subjects, range).await?);
            }
            Ok(all)
        })
        .await
    }

    async fn free_busy_batch(
        &self,
        subjects: &[Subject],
        range: TimeRange,
    ) -> Result<Vec<FreeBusy>> {
        let mut known: BTreeMap<Subject, FreeBusy> = BTreeMap::new();
        for part in self.parts(range) {
            for answer in self.0.free_busy(subjects, part).await? {
                match known.get_mut(&answer.subject) {
                    None => {
                        known.insert(answer.subject.clone(), answer);
                    }
                    Some(before) => {
                        before.busy.extend(answer.busy);
                        before.spans.extend(answer.spans);
                        before.unknown = before.unknown.take().or(answer.unknown);
                    }
                }
            }
        }
        // One that the provider says nothing of is not free.
        let answer = |subject: &Subject| match known.remove(subject) {
            Some(FreeBusy {
                busy,
                mut spans,
                unknown: None,
                raw,
                ..
            }) => {
                let mut all = FreeBusy::new(subject.clone(), busy);
                spans.sort();
                (all.spans, all.raw) = (spans, raw);
                all.within(range)
            }
            Some(unknown) => unknown,
            None => FreeBusy::unknown(subject.clone(), "the provider did not answer for it"),
        };
        let mut answer = answer;
        Ok(subjects.iter().map(&mut answer).collect())
    }

    /// The span in parts that the provider takes.
    fn parts(&self, range: TimeRange) -> Vec<TimeRange> {
        let most = self.capabilities().max_free_busy_span;
        let most = most.and_then(|most| SignedDuration::try_from(most).ok());
        let Some(most) = most.filter(|most| most.is_positive()) else {
            return vec![range];
        };
        let mut parts = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let end = start
                .checked_add(most)
                .map_or(range.end, |end| end.min(range.end));
            parts.push(TimeRange { start, end });
            start = end;
        }
        parts
    }

    fn check_subjects(&self, subjects: &[Subject]) -> Result<()> {
        if subjects.is_empty() {
            return Err(Error::invalid_input("free/busy of nobody was asked for"));
        }
        let mut seen: Vec<&Subject> = Vec::with_capacity(subjects.len());
        for subject in subjects {
            if seen.contains(&subject) {
                return Err(Error::invalid_input(format!(
                    "{subject:?} is asked for twice"
                )));
            }
            seen.push(subject);
            match subject {
                Subject::Person(_) => {
                    self.need(self.capabilities().free_busy_people, "free_busy_people")?
                }
                Subject::Calendar(_) => self.need(self.capabilities().free_busy, "free_busy")?,
            }
        }
        Ok(())
    }

    /// Times at which everybody can meet, earliest first, from their free/busy.
    ///
    /// # Errors
    /// As [`free_busy`](Self::free_busy); `NotFound` when somebody's time is not known: it is not
    /// taken for free.
    pub async fn find_meeting_times(&self, query: &MeetingTimeQuery) -> Result<Vec<TimeRange>> {
        query
            .check()
            .map_err(|error| error.in_call(&self.0.descriptor().name, "find_meeting_times"))?;
        // The time that is kept before the first and after the last meeting counts too.
        let far = |_| {
            Error::new(
                ErrorKind::InvalidInput,
                "the range leaves the range of time",
            )
        };
        let around = TimeRange {
            start: query.range.start.checked_sub(query.buffer).map_err(far)?,
            end: query.range.end.checked_add(query.buffer).map_err(far)?,
        };
        let known = self.free_busy(&query.subjects, around).await?;
        query
            .search(&known)
            .map_err(|error| error.in_call(&self.0.descriptor().name, "find_meeting_times"))
    }
}
