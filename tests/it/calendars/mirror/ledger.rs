//! What the two sides were told of their edits, and what must be there at the end.

use std::collections::BTreeMap;

use integrations::calendar::{Event, EventKind};
use integrations::{Effect, Error};

/// What is known of an event that was made, by the mark that it has as its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fate {
    /// There, with this title.
    There(String),
    /// Not there.
    Gone,
    /// An answer was lost, so that it is there once or not at all, with whatever title.
    Unknown,
}

/// What must be there.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    events: BTreeMap<String, Fate>,
    /// Series that were cut, so that more than one has their mark.
    cut: Vec<String>,
    /// What was told of each, for the reader of a failure.
    told: BTreeMap<String, Vec<String>>,
    pub(super) failures: usize,
    pub(super) unknown: usize,
}

impl Ledger {
    fn tell(&mut self, mark: &str, what: &str, result: Result<(), &Error>) {
        let end = match result {
            Ok(()) => "done".to_owned(),
            Err(error) => error.to_string(),
        };
        let told = self.told.entry(mark.to_owned()).or_default();
        told.push(format!("{what}: {end}"));
    }

    /// A create ended.
    pub(super) fn made(&mut self, mark: &str, title: &str, result: Result<(), &Error>) {
        self.tell(mark, &format!("make {title}"), result);
        let fate = match result {
            Ok(()) => Fate::There(title.to_owned()),
            Err(error) => self.after(error, Fate::Gone, Fate::There(title.to_owned())),
        };
        self.set(mark, fate);
    }

    /// A change of the whole ended.
    pub(super) fn renamed(&mut self, mark: &str, title: &str, result: Result<(), &Error>) {
        self.tell(mark, title, result);
        let before = self.fate(mark);
        let after = Fate::There(title.to_owned());
        let fate = match result {
            Ok(()) => after,
            Err(error) => self.after(error, before, after),
        };
        self.set(mark, fate);
    }

    /// A deletion of the whole ended.
    pub(super) fn deleted(&mut self, mark: &str, result: Result<(), &Error>) {
        self.tell(mark, "delete", result);
        let before = self.fate(mark);
        let fate = match result {
            Ok(()) => Fate::Gone,
            Err(error) => self.after(error, before, Fate::Gone),
        };
        self.set(mark, fate);
    }

    /// An occurrence was changed: for the reader of a failure.
    pub(super) fn part(&mut self, mark: &str, what: &str, result: Result<(), &Error>) {
        self.tell(mark, what, result);
    }

    /// A series was cut, or may have been.
    pub(super) fn cut(&mut self, mark: &str) {
        self.cut.push(mark.to_owned());
        self.set(mark, Fate::Unknown);
    }

    /// What is unknown stays so: a request whose answer nobody waits for any more may arrive after
    /// later ones, and of a series that was cut what is told is of one of its parts.
    fn set(&mut self, mark: &str, fate: Fate) {
        let kept = self
            .events
            .entry(mark.to_owned())
            .or_insert_with(|| fate.clone());
        if *kept != Fate::Unknown {
            *kept = fate;
        }
    }

    fn fate(&self, mark: &str) -> Fate {
        self.events.get(mark).cloned().unwrap_or(Fate::Unknown)
    }

    fn after(&mut self, error: &Error, before: Fate, after: Fate) -> Fate {
        self.failures += 1;
        match error.effect() {
            Effect::NotApplied => before,
            Effect::Applied => after,
            _ => {
                self.unknown += 1;
                Fate::Unknown
            }
        }
    }

    /// Holds it against everything that the server has: events and series, without occurrences.
    pub(super) fn check(&self, all: &[Event], seed: u64) {
        let mut there: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for event in all {
            if matches!(event.kind, EventKind::Single | EventKind::Series) {
                let mark = event.location.as_deref().unwrap_or_default();
                there.entry(mark).or_default().push(&event.summary);
            }
        }
        for (mark, titles) in &there {
            assert!(
                self.events.contains_key(*mark),
                "seed {seed}: {mark} was made by nobody"
            );
            let once = titles.len() == 1 || self.cut.iter().any(|cut| cut == mark);
            let told = self.told.get(*mark);
            assert!(
                once,
                "seed {seed}: {mark} is there as {titles:?}: {told:#?}"
            );
        }
        for (mark, fate) in &self.events {
            let titles = there.get(mark.as_str());
            let told = self.told.get(mark);
            match fate {
                Fate::There(title) => assert_eq!(
                    titles.map(Vec::as_slice),
                    Some(&[title.as_str()][..]),
                    "seed {seed}: {mark} has another title, or is lost: {told:#?}"
                ),
                Fate::Gone => assert_eq!(
                    titles, None,
                    "seed {seed}: {mark} is there again: {told:#?}"
                ),
                Fate::Unknown => {}
            }
        }
    }
}
