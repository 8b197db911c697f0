//! What a store answers.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{ByteStream, ObjectKey};
use crate::error::{Error, Result};
use crate::raw::Raw;

crate::id_types! {
    /// An entity tag, opaque, as the provider gave it. Equal tags mean equal bytes.
    ETag;
    /// The id of one version of an object.
    VersionId;
}

/// The standard headers that an object carries. `None` leaves the provider's default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attributes {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
}

impl Attributes {
    /// The attributes with their header names, for those that are set.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("content-type", &self.content_type),
            ("content-disposition", &self.content_disposition),
            ("content-encoding", &self.content_encoding),
            ("content-language", &self.content_language),
            ("cache-control", &self.cache_control),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.as_deref().map(|value| (name, value)))
    }

    /// Whether none is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

/// What is known of an object. Listings may leave out attributes and metadata; `head` and `get`
/// give them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ObjectMeta {
    /// Its name.
    pub key: ObjectKey,
    /// Its length in bytes.
    pub size: u64,
    /// Its entity tag.
    pub etag: Option<ETag>,
    /// Its version, where the store keeps versions.
    pub version: Option<VersionId>,
    /// When it was last written.
    pub last_modified: Option<Timestamp>,
    /// The standard headers.
    pub attributes: Attributes,
    /// The caller's own metadata. Names are in lower case: HTTP does not keep case.
    pub metadata: BTreeMap<String, String>,
    /// The provider's own form: headers, or the entry of the listing.
    pub raw: Raw,
}

impl ObjectMeta {
    /// An object of which only name and size are known.
    #[must_use]
    pub fn new(key: ObjectKey, size: u64) -> Self {
        Self {
            key,
            size,
            etag: None,
            version: None,
            last_modified: None,
            attributes: Attributes::default(),
            metadata: BTreeMap::new(),
            raw: Raw::None,
        }
    }
}

/// What a put made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct PutResult {
    /// The new object's entity tag.
    pub etag: Option<ETag>,
    /// The new object's version, where the store keeps versions.
    pub version: Option<VersionId>,
}

impl PutResult {
    /// A put of which the entity tag is known.
    #[must_use]
    pub fn new(etag: Option<ETag>, version: Option<VersionId>) -> Self {
        Self { etag, version }
    }
}

/// An object's bytes, or a range of them, with what is known of the object.
#[derive(Debug)]
#[non_exhaustive]
pub struct GetResult {
    /// What is known of the whole object.
    pub meta: ObjectMeta,
    /// Which bytes of it the body holds.
    pub range: Range<u64>,
    /// The bytes.
    pub body: ByteStream,
}

impl GetResult {
    /// The bytes `range` of an object.
    #[must_use]
    pub fn new(meta: ObjectMeta, range: Range<u64>, body: ByteStream) -> Self {
        Self { meta, range, body }
    }

    /// All bytes in one piece.
    ///
    /// # Errors
    /// When the body ends early or breaks off.
    pub async fn bytes(self) -> Result<bytes::Bytes> {
        self.body.bytes().await
    }
}

/// One line of a listing.
#[allow(clippy::large_enum_variant)] // Nearly every line is an object: a box would cost more.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub enum ListEntry {
    /// An object.
    Object(ObjectMeta),
    /// All keys that start so, folded at the delimiter (which it ends with).
    Prefix(String),
}

impl ListEntry {
    /// The key or prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Object(meta) => meta.key.as_str(),
            Self::Prefix(prefix) => prefix,
        }
    }

    /// The object, if it is one.
    #[must_use]
    pub fn into_object(self) -> Option<ObjectMeta> {
        match self {
            Self::Object(meta) => Some(meta),
            Self::Prefix(_) => None,
        }
    }
}

/// What became of one key of a batch delete.
#[derive(Debug)]
#[non_exhaustive]
pub struct DeleteOutcome {
    /// The key.
    pub key: ObjectKey,
    /// Whether it is gone.
    pub result: Result<()>,
}

impl DeleteOutcome {
    /// The outcome for a key.
    #[must_use]
    pub fn new(key: ObjectKey, result: Result<()>) -> Self {
        Self { key, result }
    }
}

/// A request that its holder may send without credentials until it expires.
///
/// `Debug` hides the URL's query: it is the permission.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresignedRequest {
    /// The method to use; another is refused.
    pub method: http::Method,
    /// Where to send it. A secret: whoever has it can use it.
    pub url: Url,
    /// Headers that must be sent as they are.
    pub headers: http::HeaderMap,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

impl PresignedRequest {
    /// A presigned request without headers.
    #[must_use]
    pub fn new(method: http::Method, url: Url, expires_at: Timestamp) -> Self {
        Self {
            method,
            url,
            headers: http::HeaderMap::new(),
            expires_at,
        }
    }
}

impl std::fmt::Debug for PresignedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = self.url.clone();
        shown.set_query(self.url.query().map(|_| "REDACTED"));
        f.debug_struct("PresignedRequest")
            .field("method", &self.method)
            .field("url", &shown.as_str())
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Whether a read failed because the object is the one that the caller has already
/// ([`GetOptions::if_none_match`](super::GetOptions::if_none_match) or
/// [`if_modified_since`](super::GetOptions::if_modified_since)).
#[must_use]
pub fn is_not_modified(error: &Error) -> bool {
    error.code() == Some("NotModified")
}
