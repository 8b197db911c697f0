//! A copy of a calendar: random edits from two sides, over a line that fails, with tokens that
//! become too old. `INTEGRATIONS_SOAK_EDITS` sets how many.

mod caldav;
mod google;
mod ledger;
mod local;
mod numbers;
mod outlook;
mod soak;

/// How many edits a soak makes when nobody says.
fn edits(default: usize) -> usize {
    let set = std::env::var("INTEGRATIONS_SOAK_EDITS").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(default)
}
