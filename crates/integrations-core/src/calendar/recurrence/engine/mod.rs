//! The recurrence set of a series, step by step and within bounds.
//!
//! Times are numbers here. The *key* of an occurrence is what it is known by: its instant where the
//! series has a zone, and what the wall shows where it has whole days or floats, both in seconds.

pub(super) mod clock;
pub(super) mod day;
mod days;
pub(super) mod form;
mod hours;
mod plan;
mod rule;
pub(super) mod set;

use crate::error::Error;

/// How much work may be done for one occurrence.
#[derive(Debug)]
pub(super) struct Budget {
    left: u32,
}

impl Budget {
    /// So many steps find any occurrence of a rule that people use; they take well under a second.
    pub(super) const STEPS: u32 = 1_000_000;

    pub(super) fn new() -> Self {
        Self { left: Self::STEPS }
    }

    fn spend(&mut self, steps: u32) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(steps).ok_or(Exhausted)?;
        Ok(())
    }
}

/// The work for one occurrence is done, and none was found.
#[derive(Debug)]
struct Exhausted;

fn out_of_time() -> Error {
    Error::invalid_input("the recurrence leaves the range of time")
}
