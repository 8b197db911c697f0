//! Copies on the server's side: one request up to 5 GiB, in parts above.

use std::ops::Range;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::CompletedPart;
use futures::{StreamExt, TryStreamExt, stream};
use integrations_core::guard::Operation;
use integrations_core::storage::{ETag, GetOptions, ObjectKey, PutOptions, PutResult};
use integrations_core::{Error, ErrorKind, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::S3;
use crate::error::map;
use crate::get::{describe, meta_of_head, size_of_head};
use crate::multipart::part_size;
use crate::operations::{COPY, COPY_BEGIN, COPY_COMPLETE, COPY_PART, COPY_SOURCE};
use crate::put::put_result;
use crate::write_id::WriteId;

/// What `x-amz-copy-source` leaves as it is: the unreserved characters of RFC 3986, and slashes.
const SOURCE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

impl S3 {
    fn source(&self, key: &ObjectKey) -> String {
        format!(
            "{}/{}",
            self.bucket(),
            utf8_percent_encode(key.as_str(), SOURCE)
        )
    }

    pub(crate) async fn copy_any(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        if_match: Option<&ETag>,
    ) -> Result<PutResult> {
        if from == to {
            // S3 refuses a copy onto itself that changes nothing; here it is done already.
            let mut condition = GetOptions::default();
            condition.if_match = if_match.cloned();
            let meta = self.stat(from, &condition).await?;
            return Ok(PutResult::new(meta.etag, meta.version));
        }
        let head = self.head_source(from).await?;
        let there = head.e_tag().map(ETag::new);
        if let (Some(wanted), Some(there)) = (if_match, &there)
            && wanted != there
        {
            return Err(other_version(from));
        }
        let size = size_of_head(&head)?;
        if size > self.config.copy_threshold {
            self.copy_parts(from, to, size, &head).await
        } else {
            self.copy_once(from, to, if_match).await
        }
    }

    async fn head_source(&self, key: &ObjectKey) -> Result<HeadObjectOutput> {
        let operation = Operation::of(&COPY_SOURCE);
        let head = self
            .guard
            .run(&operation, |_| async {
                let request = self
                    .client
                    .head_object()
                    .bucket(self.bucket())
                    .key(key.as_str());
                request.send().await.map_err(map)
            })
            .await;
        match head {
            Ok(head) => Ok(head),
            Err(error) => Err(describe(key, self.reason(error).await)),
        }
    }

    async fn copy_once(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        if_match: Option<&ETag>,
    ) -> Result<PutResult> {
        let operation = Operation::of(&COPY);
        self.guard
            .run(&operation, |_| async {
                let request = self
                    .client
                    .copy_object()
                    .bucket(self.bucket())
                    .key(to.as_str());
                let copied = request
                    .copy_source(self.source(from))
                    .set_copy_source_if_match(if_match.map(ToString::to_string))
                    .send()
                    .await
                    .map_err(map)?;
                let etag = copied
                    .copy_object_result()
                    .and_then(|result| result.e_tag());
                Ok(put_result(etag, copied.version_id()))
            })
            .await
    }

    async fn copy_parts(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        size: u64,
        head: &HeadObjectOutput,
    ) -> Result<PutResult> {
        let meta = meta_of_head(from, head)?;
        let mut options = PutOptions::default().with_attributes(meta.attributes);
        options.metadata = meta.metadata;
        options.tags = match head.tag_count() {
            Some(count) if count > 0 => self.read_tags(from).await?,
            _ => options.tags,
        };
        let mark = WriteId::new();
        let upload = self.begin_upload(&COPY_BEGIN, to, &options, &mark).await?;
        // Copying moves no bytes through here: parts can be large.
        let step = part_size(self.config.copy_threshold.min(512 << 20), Some(size), 1);
        let ranges = (0..size.div_ceil(step)).map(|n| n * step..((n + 1) * step).min(size));
        let etag = head.e_tag();
        let parts = stream::iter(ranges.enumerate())
            .map(|(index, range)| self.copy_part(from, to, upload.id(), index, range, etag))
            .buffered(8)
            .try_collect::<Vec<_>>()
            .await;
        let done = match parts {
            Ok(parts) => {
                let overwrite = PutOptions::default();
                self.complete(&COPY_COMPLETE, to, upload.id(), parts, &overwrite, &mark)
                    .await
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(result) => {
                upload.completed();
                Ok(result)
            }
            Err(error) => {
                upload.abort().await;
                Err(error)
            }
        }
    }

    async fn copy_part(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
        id: &str,
        index: usize,
        range: Range<u64>,
        etag: Option<&str>,
    ) -> Result<CompletedPart> {
        let number = i32::try_from(index + 1)
            .map_err(|_| Error::invalid_input("the object has too many parts to copy"))?;
        let operation = Operation::of(&COPY_PART);
        self.guard
            .run(&operation, |_| async {
                let request = self
                    .client
                    .upload_part_copy()
                    .bucket(self.bucket())
                    .key(to.as_str())
                    .upload_id(id)
                    .part_number(number)
                    .copy_source(self.source(from))
                    // All parts of one version of the source.
                    .set_copy_source_if_match(etag.map(str::to_owned))
                    .copy_source_range(format!("bytes={}-{}", range.start, range.end - 1));
                let copied = request.send().await.map_err(map)?;
                let result = copied.copy_part_result();
                Ok(CompletedPart::builder()
                    .part_number(number)
                    .set_e_tag(result.and_then(|part| part.e_tag()).map(str::to_owned))
                    .set_checksum_crc32(
                        result
                            .and_then(|part| part.checksum_crc32())
                            .map(str::to_owned),
                    )
                    .build())
            })
            .await
    }
}

fn other_version(key: &ObjectKey) -> Error {
    let text = format!("the object {:?} has another version", key.as_str());
    Error::new(ErrorKind::PreconditionFailed, text)
}
