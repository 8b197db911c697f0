//! Files and images in a message.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A file in a message.
///
/// A mailer refuses an empty file: SendGrid takes none, and it is nearly always a file that was not
/// read. `Debug` shows the type and the size, neither the name nor the bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attachment {
    /// Its name, without a path.
    pub file_name: String,
    /// Its media type, for example `application/pdf`.
    pub content_type: String,
    /// Its bytes; base64 where it is serialised.
    #[serde(with = "super::encoded")]
    pub content: Bytes,
    /// Whether it is a file to save or an image of the HTML.
    pub disposition: Disposition,
}

impl Attachment {
    /// A file to save.
    pub fn new(
        file_name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        Self {
            file_name: file_name.into(),
            content_type: content_type.into(),
            content: content.into(),
            disposition: Disposition::Attachment,
        }
    }

    /// An image that the HTML shows with `<img src="cid:{content_id}">`.
    pub fn inline(
        file_name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Bytes>,
        content_id: impl Into<String>,
    ) -> Self {
        Self {
            disposition: Disposition::Inline {
                content_id: content_id.into(),
            },
            ..Self::new(file_name, content_type, content)
        }
    }

    /// The content id of an inline image.
    #[must_use]
    pub fn content_id(&self) -> Option<&str> {
        match &self.disposition {
            Disposition::Attachment => None,
            Disposition::Inline { content_id } => Some(content_id),
        }
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("content_type", &self.content_type)
            .field("bytes", &self.content.len())
            .field("inline", &self.content_id().is_some())
            .finish_non_exhaustive()
    }
}

/// How a file is shown (RFC 2183).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Disposition {
    /// As a file to save.
    Attachment,
    /// Within the HTML.
    Inline {
        /// The id by which the HTML names it, without angle brackets (RFC 2392).
        content_id: String,
    },
}
