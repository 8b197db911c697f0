//! Listings and batch deletes.

use aws_sdk_s3::types::{Delete, EncodingType, ObjectIdentifier};
use integrations_core::guard::Operation;
use integrations_core::storage::{
    DeleteOutcome, ETag, ListEntry, ListOptions, ObjectKey, ObjectMeta,
};
use integrations_core::{Cursor, Effect, Error, ErrorKind, Page, PageRequest, Result};
use percent_encoding::percent_decode_str;

use crate::S3;
use crate::error::map;
use crate::get::from_sdk_time;
use crate::operations::{DELETE_MANY, LIST};

impl S3 {
    pub(crate) async fn list_page(
        &self,
        options: &ListOptions,
        page: &PageRequest,
    ) -> Result<Page<ListEntry>> {
        let operation = Operation::of(&LIST);
        let limit = page
            .limit
            .map(|limit| i32::try_from(limit.get()).unwrap_or(1000).min(1000));
        let output = self
            .guard
            .run(&operation, |_| async {
                let request = self
                    .client
                    .list_objects_v2()
                    .bucket(self.bucket())
                    .set_prefix((!options.prefix.is_empty()).then(|| options.prefix.clone()))
                    .set_delimiter(options.delimiter.clone())
                    .set_start_after(options.start_after.clone())
                    .set_max_keys(limit)
                    // Keys may hold characters that XML 1.0 cannot.
                    .encoding_type(EncodingType::Url)
                    .set_continuation_token(
                        page.cursor
                            .as_ref()
                            .map(|cursor| cursor.as_str().to_owned()),
                    );
                request.send().await.map_err(map)
            })
            .await?;
        // Some stores ignore the parameter, and then do not echo it.
        let encoded = output.encoding_type() == Some(&EncodingType::Url);
        let name = |text: &str| {
            if encoded {
                decode(text)
            } else {
                Ok(text.to_owned())
            }
        };
        let mut items = Vec::new();
        for object in output.contents() {
            let Some(key) = object.key() else {
                return Err(unreadable("a listed object has no key"));
            };
            let size = object.size().and_then(|size| u64::try_from(size).ok());
            let Some(size) = size else {
                return Err(unreadable("a listed object has no size"));
            };
            let mut meta = ObjectMeta::new(ObjectKey::from_provider(name(key)?), size);
            meta.etag = object.e_tag().map(ETag::from);
            meta.last_modified = object.last_modified().and_then(from_sdk_time);
            items.push(ListEntry::Object(meta));
        }
        for prefix in output
            .common_prefixes()
            .iter()
            .filter_map(|prefix| prefix.prefix())
        {
            items.push(ListEntry::Prefix(name(prefix)?));
        }
        // Objects and prefixes come apart, each in order.
        items.sort_by(|a, b| a.name().cmp(b.name()));
        let next = match (output.is_truncated(), output.next_continuation_token()) {
            (Some(true), Some(token)) => Some(Cursor::new(token)),
            // Going on without a token would lose the rest silently.
            (Some(true), None) => return Err(unreadable("a truncated listing has no token")),
            _ => None,
        };
        Ok(Page { items, next })
    }

    pub(crate) async fn delete_batch(&self, keys: &[ObjectKey]) -> Result<Vec<DeleteOutcome>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let identifier = |key: &ObjectKey| ObjectIdentifier::builder().key(key.as_str()).build();
        let objects: std::result::Result<Vec<_>, _> = keys.iter().map(identifier).collect();
        let delete = objects
            .and_then(|objects| {
                Delete::builder()
                    .set_objects(Some(objects))
                    .quiet(true)
                    .build()
            })
            .map_err(|_| {
                Error::internal("the batch cannot be made").with_effect(Effect::NotApplied)
            })?;
        let operation = Operation::of(&DELETE_MANY);
        let output = self
            .guard
            .run(&operation, |_| async {
                let request = self.client.delete_objects().bucket(self.bucket());
                request.delete(delete.clone()).send().await.map_err(map)
            })
            .await?;
        let outcome = |key: &ObjectKey| {
            let failed = output
                .errors()
                .iter()
                .find(|error| error.key() == Some(key.as_str()));
            let result = match failed {
                None => Ok(()),
                Some(failed) if failed.code() == Some("NoSuchKey") => Ok(()),
                Some(failed) => {
                    let kind = match failed.code() {
                        Some("AccessDenied") => ErrorKind::PermissionDenied,
                        Some("SlowDown") => ErrorKind::RateLimited,
                        Some("InternalError") => ErrorKind::Unavailable,
                        _ => ErrorKind::Conflict,
                    };
                    let text = failed
                        .message()
                        .unwrap_or("it could not be removed")
                        .to_owned();
                    let error = Error::new(kind, text)
                        .with_provider(self.descriptor.name.clone())
                        .with_operation("delete_many");
                    Err(match failed.code() {
                        Some(code) => error.with_code(code.to_owned()),
                        None => error,
                    })
                }
            };
            DeleteOutcome::new(key.clone(), result)
        };
        Ok(keys.iter().map(outcome).collect())
    }
}

/// A key as `encoding-type=url` writes it: form encoding, where a plus is a blank.
fn decode(text: &str) -> Result<String> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|_| unreadable("a listed key is not UTF-8"))
}

fn unreadable(what: &'static str) -> Error {
    Error::new(ErrorKind::Decode, what).with_effect(Effect::NotApplied)
}
