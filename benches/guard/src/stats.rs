//! Medians and ranges.

use serde::{Deserialize, Serialize};

/// The middle of what was measured, and its ends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Spread {
    pub median: f64,
    pub lowest: f64,
    pub highest: f64,
}

impl Spread {
    pub fn of(mut all: Vec<f64>) -> Self {
        all.sort_by(f64::total_cmp);
        let at = |place: usize| all.get(place).copied().unwrap_or(f64::NAN);
        Self {
            median: at(all.len() / 2),
            lowest: at(0),
            highest: at(all.len().saturating_sub(1)),
        }
    }

    /// The ends, with so many decimals.
    pub fn range(&self, decimals: usize) -> String {
        format!(
            "{:.*} to {:.*}",
            decimals, self.lowest, decimals, self.highest
        )
    }
}
