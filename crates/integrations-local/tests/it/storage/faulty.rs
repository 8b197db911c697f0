//! A provider in which one thing is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::StreamExt;
use integrations_core::storage::*;
use integrations_core::{Error, ErrorKind, Page, PageRequest, Result};
use integrations_local::storage::LocalStorage;
use jiff::Timestamp;

use super::fault::Fault;

/// How many reads may be open at a time where they leak.
const READS: usize = 3;

#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) store: LocalStorage,
    pub(super) fault: Fault,
    pub(super) capabilities: StorageCapabilities,
    pub(super) connects: AtomicUsize,
    /// Keys that were deleted, for a store that remembers them.
    pub(super) deleted: Mutex<BTreeSet<String>>,
    /// Where a copy points to, for a store whose copies are aliases.
    pub(super) aliases: Mutex<BTreeMap<String, String>>,
    /// What was put last, for a store that lists late.
    pub(super) newest: Mutex<Option<String>>,
    open_reads: Arc<AtomicUsize>,
}

impl Faulty {
    pub(super) fn new(store: LocalStorage, fault: Fault) -> Self {
        let mut capabilities = store.capabilities().clone();
        if matches!(
            fault,
            Fault::DoesWhatItDoesNotDeclare | Fault::SendsBeforeItRefuses
        ) {
            capabilities.copy = false;
            capabilities.copy_create = false;
            capabilities.copy_condition = false;
        }
        if fault == Fault::DeclaresLongKeys {
            capabilities.max_key_len = 10_000;
        }
        Self {
            store,
            fault,
            capabilities,
            connects: AtomicUsize::new(0),
            deleted: Mutex::default(),
            aliases: Mutex::default(),
            newest: Mutex::default(),
            open_reads: Arc::default(),
        }
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Whether a declared ability is one that does not work.
    pub(super) fn needs(&self, ability: bool, name: &'static str) -> Result<()> {
        match ability && self.has(Fault::DeclaresWhatDoesNotWork) {
            true => Err(Error::unsupported(name)),
            false => Ok(()),
        }
    }

    /// The key under which the store keeps it.
    pub(super) fn key(&self, key: &ObjectKey) -> ObjectKey {
        let key = key.as_str();
        let segments = |change: fn(&str) -> &str| {
            let changed: Vec<&str> = key.split('/').map(change).collect();
            changed.join("/")
        };
        ObjectKey::from_provider(match self.fault {
            Fault::ReadsPlusAsBlank => key.replace('+', " "),
            Fault::MergesSlashes => {
                let segments: Vec<&str> = key.split('/').filter(|s| !s.is_empty()).collect();
                segments.join("/")
            }
            Fault::LowersKeys => key.to_lowercase(),
            Fault::ComposesLetters => key.replace("e\u{301}", "\u{e9}"),
            Fault::TrimsSegments => segments(|segment| segment.trim_end_matches(['.', ' '])),
            Fault::CutsLongKeys => segments(|segment| segment.get(..255).unwrap_or(segment)),
            _ => key.to_owned(),
        })
    }

    /// What is kept beside the bytes.
    pub(super) async fn describe(
        &self,
        key: &ObjectKey,
        options: &PutOptions,
        streamed: bool,
    ) -> PutOptions {
        let mut options = options.clone();
        match self.fault {
            Fault::DropsAttributes => options.attributes = Attributes::default(),
            Fault::DropsMetadata => options.metadata.clear(),
            Fault::DropsTags => options.tags.clear(),
            Fault::StreamsDropAttributes if streamed => {
                options.attributes = Attributes::default();
                options.metadata.clear();
            }
            Fault::KeepsOldMetadata => {
                let old = self.store.head(key, &GetOptions::default()).await;
                options
                    .metadata
                    .extend(old.map(|old| old.metadata).unwrap_or_default());
            }
            _ => {}
        }
        options
    }

    /// The condition that the store checks; another than was asked for is the fault.
    pub(super) async fn mode(
        &self,
        key: &ObjectKey,
        mode: &PutMode,
        streamed: bool,
    ) -> Result<PutMode> {
        let create = *mode == PutMode::Create;
        let there = self.store.head(key, &GetOptions::default()).await.ok();
        let ignored = match self.fault {
            Fault::IgnoresCreate => create,
            Fault::StreamsIgnoreCreate => create && streamed,
            Fault::IgnoresUpdate => !create && there.is_some(),
            Fault::UpdatesNothing => !create && there.is_none(),
            Fault::ChecksBeforeItWrites => {
                let tag = there.and_then(|meta| meta.etag);
                match mode {
                    PutMode::Create if tag.is_some() => {
                        return Err(Error::new(ErrorKind::AlreadyExists, "it is there"));
                    }
                    PutMode::Update(known) if tag.as_ref() != Some(known) => {
                        return Err(Error::new(ErrorKind::PreconditionFailed, "it is another"));
                    }
                    _ => {}
                }
                tokio::task::yield_now().await;
                true
            }
            Fault::RemembersDeletedKeys if create => {
                if self.deleted.lock().unwrap().contains(key.as_str()) {
                    return Err(Error::new(ErrorKind::AlreadyExists, "it was there"));
                }
                false
            }
            // Tags that never change say nothing: the store is asked with its own.
            Fault::ConstantTag if !create => true,
            _ => false,
        };
        Ok(if ignored {
            PutMode::Overwrite
        } else {
            mode.clone()
        })
    }

    /// The bytes that the store gets in the place of the caller's.
    pub(super) async fn body(
        &self,
        key: &ObjectKey,
        body: PutBody,
        options: &PutOptions,
    ) -> Result<PutBody> {
        let (length, streamed) = (body.length(), matches!(body, PutBody::Stream { .. }));
        match self.fault {
            Fault::CorruptsBytes => {
                let mut bytes = body.into_stream().bytes().await?.to_vec();
                if let Some(last) = bytes.last_mut() {
                    *last ^= 1;
                }
                Ok(bytes.into())
            }
            Fault::TakesBytesForText => {
                let bytes = body.into_stream().bytes().await?;
                Ok(String::from_utf8_lossy(&bytes).into_owned().into())
            }
            Fault::OverwritesInPlace => {
                let new = body.into_stream().bytes().await?;
                let old = self.bytes(key).await;
                let mut bytes = new.to_vec();
                bytes.extend(old.iter().skip(new.len()));
                Ok(bytes.into())
            }
            Fault::KeepsTheFirstPieceOnly if streamed => {
                let first = body.into_stream().next().await.transpose()?;
                Ok(first.unwrap_or_default().into())
            }
            Fault::CutsLongStreams if length.is_none() => {
                let bytes = body.into_stream().bytes().await?;
                Ok(bytes.slice(..bytes.len().min(16 << 20)).into())
            }
            Fault::RefusesEmptyStreams if length.is_none() => {
                let bytes = body.into_stream().bytes().await?;
                match bytes.is_empty() {
                    true => Err(Error::invalid_input("an upload needs a part")),
                    false => Ok(bytes.into()),
                }
            }
            Fault::SwallowsErrorsOfTheBody => {
                let mut stream = body.into_stream();
                let mut all = Vec::new();
                while let Some(Ok(piece)) = stream.next().await {
                    all.extend_from_slice(&piece);
                }
                Ok(all.into())
            }
            Fault::PublishesWhileReading => {
                let mut stream = match body {
                    PutBody::Bytes(bytes) => {
                        let (mut first, second) = (bytes.clone(), bytes.slice(bytes.len() / 2..));
                        first.truncate(bytes.len() / 2);
                        ByteStream::new(futures::stream::iter([Ok(first), Ok(second)]))
                    }
                    body => body.into_stream(),
                };
                let mut all = Vec::new();
                while let Some(piece) = stream.next().await.transpose()? {
                    all.extend_from_slice(&piece);
                    self.store.put(key, all.clone().into(), options).await?;
                    tokio::task::yield_now().await;
                }
                Ok(all.into())
            }
            Fault::WritesInTwoHalves => {
                let bytes = body.into_stream().bytes().await?;
                let half = bytes.len() / 2;
                let mut old = self.bytes(key).await.to_vec();
                old.resize(bytes.len(), 0);
                let first = [&bytes[..half], &old[half..]].concat();
                self.store.put(key, first.into(), options).await?;
                // Writers take turns: another one's half comes between.
                for _ in 0..bytes.first().map_or(0, |byte| byte % 3) {
                    tokio::task::yield_now().await;
                }
                let now = self.bytes(key).await;
                Ok([&now[..half], &bytes[half..]].concat().into())
            }
            _ => Ok(body),
        }
    }

    /// What is there, or nothing.
    async fn bytes(&self, key: &ObjectKey) -> Bytes {
        match self.store.get(key, &GetOptions::default()).await {
            Ok(read) => read.bytes().await.unwrap_or_default(),
            Err(_) => Bytes::new(),
        }
    }

    /// What is known of an object, as this provider tells it.
    pub(super) fn meta(&self, asked: &ObjectKey, mut meta: ObjectMeta) -> ObjectMeta {
        meta.key = asked.clone();
        match self.fault {
            Fault::ConstantTag => meta.etag = Some(ETag::new("\"0\"")),
            Fault::KnowsNoTime => meta.last_modified = Some(Timestamp::UNIX_EPOCH),
            _ => {}
        }
        meta
    }

    /// The conditions and the range that the store gets.
    pub(super) fn read_options(&self, options: &GetOptions) -> Result<GetOptions> {
        if options.version.is_some() {
            return Err(Error::unsupported("get_version"));
        }
        let mut options = options.clone();
        let mut unconditional = GetOptions::default();
        unconditional.range.clone_from(&options.range);
        match (self.fault, options.range.clone()) {
            (Fault::IgnoresReadConditions | Fault::ConstantTag, _) => options = unconditional,
            (Fault::IgnoresTimes, _) => {
                options.if_modified_since = None;
                options.if_unmodified_since = None;
            }
            (Fault::IsNeverModified, _) if options.if_none_match.is_some() => {
                let error = Error::new(ErrorKind::PreconditionFailed, "the object is not modified");
                return Err(error.with_code("NotModified"));
            }
            (Fault::IncludesTheEnd, Some(ByteRange::Bounded(range))) => {
                options.range = Some(ByteRange::Bounded(range.start..range.end + 1));
            }
            (Fault::IgnoresRanges, _) => options.range = None,
            (Fault::SuffixesFromTheStart, Some(ByteRange::Last(count))) => {
                options.range = Some(ByteRange::Bounded(0..count));
            }
            _ => {}
        }
        Ok(options)
    }

    /// The body as this provider gives it.
    pub(super) fn answer(&self, mut read: GetResult, asked: &GetOptions) -> Result<GetResult> {
        match (self.fault, &asked.range) {
            (Fault::TruncatesReads, _) => {
                // It ends as if that were all.
                let mut left = 1_usize << 20;
                read.body = ByteStream::new(read.body.map(move |piece| {
                    let mut piece = piece?;
                    piece.truncate(left);
                    left -= piece.len();
                    Ok(piece)
                }));
            }
            (Fault::RefusesRangesOverTheEnd, Some(ByteRange::Bounded(range)))
                if range.end > read.meta.size =>
            {
                return Err(Error::invalid_input("the range is not within the object"));
            }
            (Fault::SaysThePartIsTheWhole, Some(_)) => {
                read.meta.size = read.range.end - read.range.start;
                read.range = 0..read.meta.size;
            }
            (Fault::LeaksReads, _) => {
                if self.open_reads.fetch_add(1, Ordering::Relaxed) >= READS {
                    return Err(Error::new(
                        ErrorKind::RateLimited,
                        "all connections are used",
                    ));
                }
                // Given back at the end of the body only.
                let reads = self.open_reads.clone();
                let end = futures::stream::poll_fn(move |_| {
                    reads.fetch_sub(1, Ordering::Relaxed);
                    std::task::Poll::Ready(None)
                });
                read.body = ByteStream::new(read.body.chain(end));
            }
            _ => {}
        }
        Ok(read)
    }

    /// What is listed in the place of what was asked for.
    pub(super) fn list_options(&self, options: &ListOptions) -> ListOptions {
        let mut options = options.clone();
        let slash = options.delimiter.as_deref() == Some("/");
        let unfolded = match self.fault {
            Fault::IgnoresDelimiters | Fault::FoldsEachPageByItself => true,
            Fault::FoldsAtSlashesOnly => !slash,
            _ => false,
        };
        if unfolded {
            options.delimiter = None;
        }
        if self.has(Fault::IncludesTheStart) {
            options.start_after = None;
        }
        options
    }

    /// A page as this provider answers it.
    pub(super) fn page(
        &self,
        mut page: Page<ListEntry>,
        asked: &ListOptions,
        request: &PageRequest,
    ) -> Page<ListEntry> {
        let items = &mut page.items;
        match self.fault {
            Fault::ListsForEver => page.next = request.cursor.clone().or(page.next),
            Fault::ListsOnlyTheFirstPage => page.next = None,
            Fault::ListsTheEdgeTwice if request.cursor.is_some() => {
                if let Some(first) = items.first().cloned() {
                    items.insert(0, first);
                }
            }
            Fault::DropsTheLastListed if page.next.is_none() => drop(items.pop()),
            Fault::SortsWithoutCase => items.sort_by_key(|entry| entry.name().to_lowercase()),
            Fault::PrefixesAreFolders => items.retain(|entry| {
                let rest = entry.name().strip_prefix(asked.prefix.as_str());
                asked.prefix.ends_with('/') || rest.is_some_and(|rest| rest.starts_with('/'))
            }),
            Fault::ListsFolderMarkers if request.cursor.is_none() => {
                let folder = ObjectKey::from_provider(asked.prefix.clone());
                items.insert(0, ListEntry::Object(ObjectMeta::new(folder, 0)));
            }
            Fault::FoldsEachPageByItself => fold(items, asked),
            Fault::IncludesTheStart => {
                let start = asked.start_after.as_deref().unwrap_or_default();
                items.retain(|entry| entry.name() >= start);
            }
            Fault::ListsLate => {
                let newest = self.newest.lock().unwrap().take();
                items.retain(|entry| Some(entry.name()) != newest.as_deref());
            }
            _ => {}
        }
        page
    }
}

/// Folds what is on one page, without a thought for the page before.
fn fold(items: &mut Vec<ListEntry>, asked: &ListOptions) {
    let Some(delimiter) = &asked.delimiter else {
        return;
    };
    for entry in &mut *items {
        let name = entry.name();
        let rest = name.strip_prefix(asked.prefix.as_str()).unwrap_or(name);
        if let Some(at) = rest.find(delimiter) {
            let end = asked.prefix.len() + at + delimiter.len();
            *entry = ListEntry::Prefix(name[..end].to_owned());
        }
    }
    items.dedup();
}
