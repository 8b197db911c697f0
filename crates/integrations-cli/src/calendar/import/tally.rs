//! What became of a file.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::put::{Done, Report};
use crate::text;

/// How many failures are kept to be shown; more are counted.
const MOST: usize = 10_000;

/// How many names of what is left out are kept.
const NAMES: usize = 100;

/// The count of what was done.
#[derive(Debug)]
pub(super) struct Tally {
    dry_run: bool,
    /// How many events the file has, where that is known.
    total: Option<u64>,
    /// How many of them are done with.
    position: u64,
    made: u64,
    changed: u64,
    equal: u64,
    removed: u64,
    cancelled: u64,
    failed: Vec<(u32, String)>,
    more: u64,
    left_out: BTreeMap<String, u64>,
    /// What the file has that is no event.
    pub(super) others: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn new(dry_run: bool, total: Option<u64>) -> Self {
        Self {
            dry_run,
            total,
            position: 0,
            made: 0,
            changed: 0,
            equal: 0,
            removed: 0,
            cancelled: 0,
            failed: Vec::new(),
            more: 0,
            left_out: BTreeMap::new(),
            others: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, line: u32, counts: u64, report: Report) {
        self.position += counts;
        match report.done {
            Some(Done::Made) => self.made += 1,
            Some(Done::Changed) => self.changed += 1,
            Some(Done::Equal) => self.equal += 1,
            Some(Done::Removed) => self.removed += 1,
            Some(Done::LeftOut) => self.cancelled += 1,
            None => {}
        }
        for why in report.failures {
            match self.failed.len() < MOST {
                true => self.failed.push((line, why)),
                false => self.more += 1,
            }
        }
        let mut heads: Vec<String> = report.left_out.iter().map(|name| head(name)).collect();
        heads.sort();
        heads.dedup();
        for name in heads {
            if self.left_out.contains_key(&name) || self.left_out.len() < NAMES {
                *self.left_out.entry(name).or_default() += 1;
            }
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn is_whole(&self) -> bool {
        self.failed.is_empty()
    }

    /// How far it came, for who was interrupted.
    pub(super) fn how_far(&self) -> String {
        let of = match self.total {
            Some(total) => format!("{} of {total} events", self.position),
            None => format!("{} events", self.position),
        };
        format!(
            "{of} are done with: {} made, {} changed, {} equal",
            self.made, self.changed, self.equal
        )
    }

    pub(super) fn value(&self) -> Value {
        let failed: Vec<Value> = self
            .failed
            .iter()
            .map(|(line, why)| json!({ "line": line, "why": why }))
            .collect();
        json!({
            "dry_run": self.dry_run, "made": self.made, "changed": self.changed,
            "equal": self.equal, "removed": self.removed, "cancelled": self.cancelled,
            "failed": failed, "failed_more": self.more, "left_out": self.left_out,
            "others": self.others })
    }

    pub(super) fn text(&self) -> String {
        let would = if self.dry_run { "would be " } else { "" };
        let mut text = format!(
            "{would}made {}, {would}changed {}, equal {}",
            self.made, self.changed, self.equal
        );
        if self.removed > 0 {
            text.push_str(&format!(", {would}removed {}", self.removed));
        }
        if self.cancelled > 0 {
            text.push_str(&format!(", left out {} that are cancelled", self.cancelled));
        }
        let list = |counts: &BTreeMap<String, u64>| {
            let parts = counts
                .iter()
                .map(|(name, count)| format!("{name} ({count})"));
            parts.collect::<Vec<_>>().join(", ")
        };
        if !self.left_out.is_empty() {
            text.push_str(&format!("\nnot carried: {}", list(&self.left_out)));
        }
        if !self.others.is_empty() {
            text.push_str(&format!("\nno events: {}", list(&self.others)));
        }
        for (line, why) in &self.failed {
            text.push_str(&format!("\nnot imported: line {line}: {}", text::line(why)));
        }
        if self.more > 0 {
            text.push_str(&format!("\nnot imported: {} more", self.more));
        }
        text
    }
}

/// The name of what was left out, without what it was: `ATTENDEE` of `ATTENDEE "x": no address`.
fn head(name: &str) -> String {
    let name = match name.strip_prefix("RECURRENCE-ID ") {
        // Of a changed occurrence, whose time has colons.
        Some(rest) => rest.split_once(": ").map_or(rest, |(_, what)| what),
        None => name,
    };
    // What the program itself says of has words behind it.
    let end = match name.starts_with("floating") {
        true => name.len(),
        false => name.find([':', ' ']).unwrap_or(name.len()),
    };
    text::cut(&text::line(&name[..end]), 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted_by_its_name() {
        let mut tally = Tally::new(false, Some(3));
        let report = |names: &[&str]| Report {
            done: Some(Done::Made),
            failures: Vec::new(),
            left_out: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        tally.add(
            1,
            1,
            report(&["ORGANIZER", "ATTENDEE \"x\": it is no address", "ORGANIZER"]),
        );
        let odd = "RECURRENCE-ID 2026-06-01T09:00:00[Europe/Berlin]: ORGANIZER";
        tally.add(9, 1, report(&[odd]));
        let mut failed = Report::failed("DTSTART is missing\u{1b}[31m".to_owned());
        failed.left_out.clear();
        tally.add(20, 1, failed);
        assert_eq!(
            tally.text(),
            "made 2, changed 0, equal 0\nnot carried: ATTENDEE (1), ORGANIZER (2)\n\
             not imported: line 20: DTSTART is missing [31m"
        );
        assert!(!tally.is_whole());
        assert_eq!(
            tally.how_far(),
            "3 of 3 events are done with: 2 made, 0 changed, 0 equal"
        );
    }
}
