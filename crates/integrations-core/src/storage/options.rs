//! What a caller can ask for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use jiff::Timestamp;

use super::{Attributes, ETag, ObjectKey, VersionId};
use crate::error::{Error, Result};

/// On which condition a put may replace what is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PutMode {
    /// Always.
    #[default]
    Overwrite,
    /// Only if the key is new; otherwise `AlreadyExists`.
    Create,
    /// Only over the version with this entity tag; otherwise `PreconditionFailed`.
    Update(ETag),
}

/// How to store an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PutOptions {
    /// On which condition.
    pub mode: PutMode,
    /// The standard headers to keep with it.
    pub attributes: Attributes,
    /// The caller's own metadata. Names are 1 to 128 of `a-z 0-9 _ -`, because HTTP keeps no case
    /// and Azure takes identifiers only; values are printable ASCII.
    pub metadata: BTreeMap<String, String>,
    /// Tags: names and values are text.
    pub tags: BTreeMap<String, String>,
}

impl PutOptions {
    /// Stores only if the key is new.
    #[must_use]
    pub fn create() -> Self {
        Self {
            mode: PutMode::Create,
            ..Self::default()
        }
    }

    /// Stores only over the version with this entity tag.
    #[must_use]
    pub fn update(etag: ETag) -> Self {
        Self {
            mode: PutMode::Update(etag),
            ..Self::default()
        }
    }

    /// Sets the content type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.attributes.content_type = Some(content_type.into());
        self
    }

    /// Replaces the standard headers.
    #[must_use]
    pub fn with_attributes(mut self, attributes: Attributes) -> Self {
        self.attributes = attributes;
        self
    }

    /// Adds one piece of metadata.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Adds one tag.
    #[must_use]
    pub fn with_tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(name.into(), value.into());
        self
    }
}

/// Which bytes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ByteRange {
    /// From `start` (included) to `end` (excluded). An end past the object's end is the object's.
    Bounded(Range<u64>),
    /// From this byte to the end.
    From(u64),
    /// The last so many bytes; all when the object is shorter.
    Last(u64),
}

impl ByteRange {
    /// The range within an object of `size` bytes.
    ///
    /// # Errors
    /// `InvalidInput` when it is empty or starts past the end: no provider answers such a range
    /// with bytes (RFC 9110, section 14.1.2).
    pub fn resolve(&self, size: u64) -> Result<Range<u64>> {
        let range = match self {
            Self::Bounded(range) => range.start..range.end.min(size),
            Self::From(start) => *start..size,
            Self::Last(count) => size.saturating_sub(*count)..size,
        };
        if range.start < range.end {
            Ok(range)
        } else {
            Err(Error::invalid_input(format!(
                "the range {self:?} has no byte of an object of {size} bytes"
            )))
        }
    }

    /// The value of a `Range` header.
    #[must_use]
    pub fn to_header(&self) -> String {
        match self {
            Self::Bounded(range) => {
                format!("bytes={}-{}", range.start, range.end.saturating_sub(1))
            }
            Self::From(start) => format!("bytes={start}-"),
            Self::Last(count) => format!("bytes=-{count}"),
        }
    }
}

impl From<Range<u64>> for ByteRange {
    fn from(range: Range<u64>) -> Self {
        Self::Bounded(range)
    }
}

/// What to read, and on which condition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GetOptions {
    /// Which bytes; all when `None`.
    pub range: Option<ByteRange>,
    /// Only this version of the bytes.
    pub if_match: Option<ETag>,
    /// Only other bytes than these; see [`is_not_modified`](super::is_not_modified).
    pub if_none_match: Option<ETag>,
    /// Only if written after this.
    pub if_modified_since: Option<Timestamp>,
    /// Only if not written after this.
    pub if_unmodified_since: Option<Timestamp>,
    /// A kept version instead of the newest.
    pub version: Option<VersionId>,
}

impl GetOptions {
    /// Reads a range.
    #[must_use]
    pub fn range(range: impl Into<ByteRange>) -> Self {
        Self {
            range: Some(range.into()),
            ..Self::default()
        }
    }

    /// Whether any condition is set.
    #[must_use]
    pub fn has_conditions(&self) -> bool {
        self.if_match.is_some()
            || self.if_none_match.is_some()
            || self.if_modified_since.is_some()
            || self.if_unmodified_since.is_some()
    }

    /// Sets the entity tag that the object must have.
    #[must_use]
    pub fn with_if_match(mut self, etag: ETag) -> Self {
        self.if_match = Some(etag);
        self
    }

    /// Sets the entity tag that the object must not have.
    #[must_use]
    pub fn with_if_none_match(mut self, etag: ETag) -> Self {
        self.if_none_match = Some(etag);
        self
    }
}

/// On which condition to delete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DeleteOptions {
    /// Only this version of the bytes.
    pub if_match: Option<ETag>,
}

impl DeleteOptions {
    /// Deletes only the object with this entity tag.
    #[must_use]
    pub fn if_match(etag: ETag) -> Self {
        Self {
            if_match: Some(etag),
        }
    }
}

/// How to copy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CopyOptions {
    /// Only to a new key; otherwise `AlreadyExists`.
    pub create: bool,
    /// Only this version of the source's bytes; otherwise `PreconditionFailed`.
    pub if_match: Option<ETag>,
}

impl CopyOptions {
    /// Copies only to a new key.
    #[must_use]
    pub fn create() -> Self {
        Self {
            create: true,
            ..Self::default()
        }
    }

    /// Sets the entity tag that the source must have.
    #[must_use]
    pub fn with_if_match(mut self, etag: ETag) -> Self {
        self.if_match = Some(etag);
        self
    }
}

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListOptions {
    /// Only keys that start so, byte for byte. `a` lists `ab` too.
    pub prefix: String,
    /// Fold the keys at the first such text after the prefix.
    pub delimiter: Option<String>,
    /// Only keys after this one.
    pub start_after: Option<String>,
}

impl ListOptions {
    /// All keys that start with `prefix`.
    #[must_use]
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            ..Self::default()
        }
    }

    /// Folds keys at `delimiter`, usually `/`.
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.delimiter = Some(delimiter.into());
        self
    }

    /// Starts after a key.
    #[must_use]
    pub fn with_start_after(mut self, key: impl Into<String>) -> Self {
        self.start_after = Some(key.into());
        self
    }
}

/// Which request to presign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresignMethod {
    /// Reading the object.
    Get,
    /// Storing the object.
    Put,
}

/// A request to presign.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresignRequest {
    /// Which kind of request.
    pub method: PresignMethod,
    /// Of which object.
    pub key: ObjectKey,
    /// For how long: 1 second to 7 days.
    pub expires_in: Duration,
    /// The content type that a put must carry, when it must carry one.
    pub content_type: Option<String>,
}

impl PresignRequest {
    /// The longest that S3 and GCS allow (signature version 4).
    pub const MAX_EXPIRY: Duration = Duration::from_secs(7 * 24 * 3600);

    /// A presigned read.
    #[must_use]
    pub fn get(key: ObjectKey, expires_in: Duration) -> Self {
        Self {
            method: PresignMethod::Get,
            key,
            expires_in,
            content_type: None,
        }
    }

    /// A presigned put.
    #[must_use]
    pub fn put(key: ObjectKey, expires_in: Duration) -> Self {
        Self {
            method: PresignMethod::Put,
            key,
            expires_in,
            content_type: None,
        }
    }

    /// Binds a put to a content type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}
