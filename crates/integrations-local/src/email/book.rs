//! What the provider knows, and how it is kept: every operation changes all that it says, or
//! nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::Bytes;
use integrations_core::email::{
    AbTest, AbTestId, AbTestInfo, EmailAddress, EmailEvent, EventId, EventKind, InboundRoute,
    MessageId, RouteId, Suppression, Template, TemplateId, TemplateVersion, Tracking,
};
use integrations_core::{Error, ErrorKind, IdempotencyKey, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::mails::{Mails, Shelf};
use super::older;
use super::world::ReceivedRow;
use crate::journal::Journal;

/// A message that was sent or waits, without its text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct MessageRow {
    pub(super) id: MessageId,
    /// The id of the batch that it is of.
    pub(super) batch: Option<MessageId>,
    /// Who gets it: those who are not suppressed.
    pub(super) recipients: Vec<EmailAddress>,
    pub(super) tags: Vec<String>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) tracking: Tracking,
    pub(super) group: Option<String>,
    pub(super) state: MailState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MailState {
    Scheduled(Timestamp),
    Sent(Timestamp),
    /// Taken back before its time.
    Canceled,
    /// Nobody was left who may get it.
    Dropped,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct TemplateRow {
    pub(super) template: Template,
    pub(super) versions: Vec<TemplateVersion>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct TestRow {
    pub(super) info: AbTestInfo,
    pub(super) test: AbTest,
}

/// What came of a request with an idempotency key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KeyRow {
    /// Length and checksum of the request; `None` when an earlier version made them another way.
    request: Option<(usize, u32)>,
    outcome: serde_json::Value,
}

/// One row set, or taken away.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    Message(MessageId, Option<Box<MessageRow>>),
    Event(EventId, Option<Box<EmailEvent>>),
    Template(TemplateId, Option<Box<TemplateRow>>),
    Suppression(String, Option<Box<Suppression>>),
    Route(RouteId, Option<Box<InboundRoute>>),
    Test(AbTestId, Option<Box<TestRow>>),
    Received(MessageId, Option<Box<ReceivedRow>>),
    Key(String, Option<Box<KeyRow>>),
}

/// Everything that there is. Ids count upwards: their order is that of creation.
#[derive(Debug, Default)]
pub(super) struct State {
    sequence: u64,
    pub(super) messages: BTreeMap<MessageId, Box<MessageRow>>,
    pub(super) events: BTreeMap<EventId, Box<EmailEvent>>,
    pub(super) templates: BTreeMap<TemplateId, Box<TemplateRow>>,
    /// By kind, group and address in lower case.
    pub(super) suppressions: BTreeMap<String, Box<Suppression>>,
    pub(super) routes: BTreeMap<RouteId, Box<InboundRoute>>,
    pub(super) tests: BTreeMap<AbTestId, Box<TestRow>>,
    pub(super) received: BTreeMap<MessageId, Box<ReceivedRow>>,
    keys: BTreeMap<String, Box<KeyRow>>,
    /// The messages that wait, so that nobody looks through all of them for those that are due.
    waiting: BTreeSet<MessageId>,
}

fn swap<K: Ord, V>(rows: &mut BTreeMap<K, V>, id: K, row: Option<V>) -> Option<V> {
    match row {
        Some(row) => rows.insert(id, row),
        None => rows.remove(&id),
    }
}

impl State {
    /// Makes a change, and answers the one that undoes it.
    fn apply(&mut self, change: Change) -> Change {
        use Change as C;
        match change {
            C::Message(id, row) => {
                let waits = |row: &MessageRow| matches!(row.state, MailState::Scheduled(_));
                if row.as_deref().is_some_and(waits) {
                    self.waiting.insert(id.clone());
                } else {
                    self.waiting.remove(&id);
                }
                C::Message(id.clone(), swap(&mut self.messages, id, row))
            }
            C::Event(id, row) => C::Event(id.clone(), swap(&mut self.events, id, row)),
            C::Template(id, row) => C::Template(id.clone(), swap(&mut self.templates, id, row)),
            C::Suppression(id, row) => {
                C::Suppression(id.clone(), swap(&mut self.suppressions, id, row))
            }
            C::Route(id, row) => C::Route(id.clone(), swap(&mut self.routes, id, row)),
            C::Test(id, row) => C::Test(id.clone(), swap(&mut self.tests, id, row)),
            C::Received(id, row) => C::Received(id.clone(), swap(&mut self.received, id, row)),
            C::Key(id, row) => C::Key(id.clone(), swap(&mut self.keys, id, row)),
        }
    }

    /// The waiting messages whose time has come, earliest first.
    pub(super) fn due(&self, now: Timestamp) -> Vec<(Timestamp, MessageId)> {
        let rows = self.waiting.iter().filter_map(|id| self.messages.get(id));
        let mut due: Vec<_> = rows
            .filter_map(|row| match row.state {
                MailState::Scheduled(at) if at <= now => Some((at, row.id.clone())),
                _ => None,
            })
            .collect();
        due.sort();
        due
    }
}

/// The state with its messages and its journal, if it has one.
#[derive(Debug)]
pub(super) struct Book {
    state: State,
    mails: Mails,
    journal: Option<Journal>,
}

/// One line of the journal.
#[derive(Serialize, Deserialize)]
struct Line {
    /// Its shape: [`older::VERSION`].
    version: u64,
    sequence: u64,
    changes: Vec<Change>,
}

/// A line of any version.
#[derive(Deserialize)]
#[serde(try_from = "serde_json::Value")]
struct AnyLine(Line);

impl TryFrom<serde_json::Value> for AnyLine {
    type Error = String;

    fn try_from(mut value: serde_json::Value) -> std::result::Result<Self, String> {
        older::bring_up(&mut value).map_err(|later| format!("it is of version {later}"))?;
        if let Some(line) = value.as_object_mut() {
            line.insert("version".into(), older::VERSION.into());
        }
        let line = serde_json::from_value(value);
        // Not the parser's words: they repeat what is in the line.
        line.map(Self)
            .map_err(|_| "it is of no known shape".to_owned())
    }
}

/// One operation on the book.
#[derive(Debug)]
pub(super) struct Tx<'a> {
    pub(super) state: &'a mut State,
    pub(super) now: Timestamp,
    mails: &'a mut Mails,
    changes: Vec<Change>,
    undo: Vec<Change>,
    /// Messages put on a shelf, to be taken away when the operation fails.
    added: Vec<(Shelf, String)>,
    /// Messages to be taken away once the operation is kept.
    removed: Vec<(Shelf, String)>,
}

impl Tx<'_> {
    /// Makes a change.
    pub(super) fn put(&mut self, change: Change) {
        self.changes.push(change.clone());
        let undo = self.state.apply(change);
        self.undo.push(undo);
    }

    /// Sets a message's row.
    pub(super) fn keep(&mut self, row: MessageRow) {
        self.put(Change::Message(row.id.clone(), Some(Box::new(row))));
    }

    /// The next id with a prefix.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.state.sequence += 1;
        format!("{prefix}_{:010}", self.state.sequence)
    }

    /// Puts a message on a shelf.
    pub(super) fn shelve(&mut self, shelf: Shelf, id: &str, bytes: Bytes) -> Result<()> {
        self.added.push((shelf, id.to_owned()));
        self.mails.put(shelf, id, bytes)
    }

    /// Takes a message off a shelf.
    pub(super) fn unshelve(&mut self, shelf: Shelf, id: &str) {
        self.removed.push((shelf, id.to_owned()));
    }

    /// A message on a shelf.
    pub(super) fn mail(&self, shelf: Shelf, id: &str) -> Result<Bytes> {
        self.mails.get(shelf, id)
    }

    /// Records that something happened.
    pub(super) fn happened(
        &mut self,
        kind: EventKind,
        at: Timestamp,
        fill: impl FnOnce(&mut EmailEvent),
    ) {
        let id = EventId::new(self.id("evt"));
        let mut event = EmailEvent::new(id.clone(), kind, at);
        fill(&mut event);
        self.put(Change::Event(id, Some(Box::new(event))));
    }

    /// Does something once per key: the second time it answers what came of the first.
    pub(super) fn once<T: Serialize + for<'de> Deserialize<'de>>(
        &mut self,
        operation: &str,
        key: Option<&IdempotencyKey>,
        request: &serde_json::Value,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let Some(key) = key else {
            return work(self);
        };
        let name = format!("{operation}:{key}");
        let text = request.to_string();
        let request = (text.len(), crc32fast::hash(text.as_bytes()));
        if let Some(row) = self.state.keys.get(&name) {
            if row.request.is_some_and(|first| first != request) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("the idempotency key {key} was used for another request"),
                ));
            }
            return serde_json::from_value(row.outcome.clone()).map_err(unreadable);
        }
        let made = work(self)?;
        let outcome = serde_json::to_value(&made).map_err(unreadable)?;
        let row = KeyRow {
            request: Some(request),
            outcome,
        };
        self.put(Change::Key(name, Some(Box::new(row))));
        Ok(made)
    }
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::internal("what came of an idempotency key cannot be kept").with_source(error)
}

impl Book {
    /// A book that is gone with the process.
    pub(super) fn in_memory() -> Self {
        Self {
            state: State::default(),
            mails: Mails::Memory(BTreeMap::new()),
            journal: None,
        }
    }

    /// Opens the book of a folder, and locks it.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let (journal, lines) = Journal::open::<AnyLine>(folder, "mail.jsonl")?;
        let mut state = State::default();
        for AnyLine(line) in lines {
            state.sequence = line.sequence;
            for change in line.changes {
                state.apply(change);
            }
        }
        let mails = Mails::Folder(folder.to_path_buf());
        mails.clean(|shelf, id| {
            let id = MessageId::new(id);
            let row = state.messages.get(&id).map(|row| row.state);
            match shelf {
                Shelf::Outbox => matches!(row, Some(MailState::Sent(_))),
                Shelf::Scheduled => matches!(row, Some(MailState::Scheduled(_))),
                Shelf::Inbox => state.received.contains_key(&id),
            }
        })?;
        Ok(Self {
            state,
            mails,
            journal: Some(journal),
        })
    }

    /// Runs an operation. What it changed is kept when it succeeds; otherwise everything is as
    /// before.
    pub(super) fn run<T>(
        &mut self,
        now: Timestamp,
        operation: impl FnOnce(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let before = self.state.sequence;
        let mut tx = Tx {
            state: &mut self.state,
            now,
            mails: &mut self.mails,
            changes: Vec::new(),
            undo: Vec::new(),
            added: Vec::new(),
            removed: Vec::new(),
        };
        let result = operation(&mut tx);
        let Tx {
            changes,
            undo,
            added,
            removed,
            ..
        } = tx;
        let result = result.and_then(|value| {
            if let (Some(journal), false) = (&mut self.journal, changes.is_empty()) {
                let sequence = self.state.sequence;
                let version = older::VERSION;
                journal.append(&Line {
                    version,
                    sequence,
                    changes,
                })?;
            }
            Ok(value)
        });
        let stale = if result.is_ok() {
            removed
        } else {
            for change in undo.into_iter().rev() {
                self.state.apply(change);
            }
            self.state.sequence = before;
            added
        };
        for (shelf, id) in stale {
            self.mails.remove(shelf, &id);
        }
        result
    }
}
