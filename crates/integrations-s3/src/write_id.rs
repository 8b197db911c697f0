//! The mark that tells a write of ours from another's.
//!
//! The answer to a conditional put can be lost after the put was made. Sent again, it is refused,
//! because the object is there now: by us, or by another writer who came first? Each such put
//! carries a random mark in the object's metadata; whoever finds the own mark there has won.

use std::collections::HashMap;

use integrations_core::Result;
use integrations_core::guard::Operation;
use integrations_core::storage::{ETag, ObjectKey, PutResult, VersionId};

use crate::S3;
use crate::error::map;
use crate::operations::PUT_READ_BACK;

/// The metadata's name. Reads do not show it.
pub(crate) const NAME: &str = "integrations-write-id";

/// A random mark. The default is none.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteId(String);

impl WriteId {
    pub(crate) fn new() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Metadata without the mark.
pub(crate) fn without_mark(
    metadata: Option<&HashMap<String, String>>,
) -> impl Iterator<Item = (String, String)> {
    metadata
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != NAME)
        .map(|(name, value)| (name.clone(), value.clone()))
}

impl S3 {
    /// Whether the object at `key` is the one that this write made; its tags then.
    pub(crate) async fn settle(
        &self,
        key: &ObjectKey,
        mark: &WriteId,
    ) -> Result<Option<PutResult>> {
        let operation = Operation::of(&PUT_READ_BACK);
        let head = self
            .guard
            .run(&operation, |_| async {
                let request = self
                    .client
                    .head_object()
                    .bucket(self.bucket())
                    .key(key.as_str());
                match request.send().await.map_err(map) {
                    Ok(head) => Ok(Some(head)),
                    Err(error) if error.kind() == integrations_core::ErrorKind::NotFound => {
                        Ok(None)
                    }
                    Err(error) => Err(error),
                }
            })
            .await?;
        let Some(head) = head else { return Ok(None) };
        let found = head.metadata().and_then(|metadata| metadata.get(NAME));
        Ok((found.map(String::as_str) == Some(mark.as_str())).then(|| {
            PutResult::new(
                head.e_tag().map(ETag::from),
                head.version_id()
                    .filter(|id| *id != "null")
                    .map(VersionId::from),
            )
        }))
    }
}
