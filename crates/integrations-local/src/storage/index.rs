//! What is known of every object: kept in memory, and in a folder as one record for each.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use integrations_core::storage::{
    Attributes, ETag, ListEntry, ListOptions, ObjectKey, ObjectMeta, PutOptions,
};
use integrations_core::{Cursor, Error, Page, PageRequest, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many entries a page has unless the caller says otherwise; the same as at S3.
const PAGE: usize = 1000;

/// One object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) key: String,
    /// Names the files of this version.
    pub(super) id: String,
    /// Grows with every version in the store. Of two records of one key, which only a crash can
    /// leave, the higher is the object.
    pub(super) sequence: u64,
    pub(super) size: u64,
    pub(super) etag: ETag,
    pub(super) modified: Timestamp,
    #[serde(default)]
    pub(super) attributes: Attributes,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// The bytes, when the store is in memory.
    #[serde(skip)]
    pub(super) bytes: Bytes,
}

impl Record {
    pub(super) fn meta(&self) -> ObjectMeta {
        let mut meta = ObjectMeta::new(ObjectKey::from_provider(self.key.clone()), self.size);
        meta.etag = Some(self.etag.clone());
        meta.last_modified = Some(self.modified);
        meta.attributes = self.attributes.clone();
        meta.metadata.clone_from(&self.metadata);
        meta
    }

    pub(super) fn describe(mut self, options: &PutOptions) -> Self {
        self.attributes = options.attributes.clone();
        self.metadata.clone_from(&options.metadata);
        self.tags.clone_from(&options.tags);
        self
    }
}

/// All objects, in the order of their keys' bytes.
#[derive(Debug, Default)]
pub(super) struct Index {
    records: BTreeMap<String, Record>,
    sequence: u64,
    total: u64,
}

impl Index {
    pub(super) fn get(&self, key: &ObjectKey) -> Option<&Record> {
        self.records.get(key.as_str())
    }

    /// The record of an object.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn find(&self, key: &ObjectKey) -> Result<Record> {
        self.get(key)
            .cloned()
            .ok_or_else(|| Error::not_found(format_args!("the object {:?}", key.as_str())))
    }

    pub(super) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// The bytes that all objects would have if the one at `key` had `size`.
    pub(super) fn total_with(&self, key: &ObjectKey, size: u64) -> u64 {
        let old = self.get(key).map_or(0, |record| record.size);
        self.total.saturating_sub(old).saturating_add(size)
    }

    /// Puts a record in; gives the one that it replaces.
    pub(super) fn insert(&mut self, record: Record) -> Option<Record> {
        self.sequence = self.sequence.max(record.sequence);
        self.total = self.total.saturating_add(record.size);
        let old = self.records.insert(record.key.clone(), record);
        self.total = self
            .total
            .saturating_sub(old.as_ref().map_or(0, |old| old.size));
        old
    }

    pub(super) fn remove(&mut self, key: &ObjectKey) -> Option<Record> {
        let old = self.records.remove(key.as_str())?;
        self.total = self.total.saturating_sub(old.size);
        Some(old)
    }

    /// One page of a listing. The cursor is the last name that was given.
    pub(super) fn list(&self, options: &ListOptions, page: &PageRequest) -> Page<ListEntry> {
        let limit = page.limit.map_or(PAGE, |limit| limit.get() as usize);
        let after = options.start_after.as_deref().unwrap_or_default();
        let last = page.cursor.as_ref().map(Cursor::as_str).unwrap_or_default();
        let from = options.prefix.as_str().max(after).max(last);
        let mut items: Vec<ListEntry> = Vec::new();
        let range = (Bound::Included(from), Bound::Unbounded);
        for (key, record) in self.records.range::<str, _>(range) {
            let Some(rest) = key.strip_prefix(options.prefix.as_str()) else {
                // Keys are in order: none after this one starts with the prefix.
                break;
            };
            let given = !after.is_empty() && key.as_str() <= after;
            if given || (!last.is_empty() && key.as_str() <= last) {
                continue;
            }
            let folded = options.delimiter.as_deref().and_then(|delimiter| {
                let end = options.prefix.len() + rest.find(delimiter)? + delimiter.len();
                key.get(..end)
            });
            // A prefix that was given already, on this page or as the last of the one before.
            let previous = items.last().map_or(last, ListEntry::name);
            if folded.is_some_and(|folded| folded == previous) {
                continue;
            }
            if items.len() == limit {
                let next = items.last().map(|entry| Cursor::new(entry.name()));
                return Page { items, next };
            }
            items.push(match folded {
                Some(prefix) => ListEntry::Prefix(prefix.to_owned()),
                None => ListEntry::Object(record.meta()),
            });
        }
        Page::last(items)
    }
}
