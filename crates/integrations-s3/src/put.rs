//! Puts: one request for what fits a part, a multipart upload for what does not.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_s3::operation::create_multipart_upload::builders::CreateMultipartUploadFluentBuilder;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream as SdkBody;
use bytes::Bytes;
use futures::StreamExt;
use integrations_core::guard::Operation;
use integrations_core::storage::{
    ETag, ObjectKey, PutBody, PutMode, PutOptions, PutResult, VersionId,
};
use integrations_core::{Effect, Error, ErrorKind, Result};

use crate::S3;
use crate::client::transfer_deadline;
use crate::error::{map, retold};
use crate::multipart::Parts;
use crate::operations::PUT;
use crate::write_id::{self, WriteId};

impl S3 {
    pub(crate) async fn put_any(
        &self,
        key: &ObjectKey,
        body: PutBody,
        options: &PutOptions,
    ) -> Result<PutResult> {
        let length = body.length();
        let body = match body {
            PutBody::Bytes(bytes) if bytes.len() as u64 <= self.config.part_size => {
                return self.put_bytes(key, bytes, options).await;
            }
            body => body,
        };
        let mut parts = Parts::new(&self.config, body.into_stream(), length);
        let first = parts.next_part().await?.unwrap_or_default();
        if parts.is_at_end().await? {
            return self.put_bytes(key, first, options).await;
        }
        self.put_parts(key, first, parts, options).await
    }

    /// One request.
    async fn put_bytes(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        options: &PutOptions,
    ) -> Result<PutResult> {
        let conditional = options.mode != PutMode::Overwrite;
        // Only a conditional put is marked.
        let mark = match conditional {
            true => WriteId::new(),
            false => WriteId::default(),
        };
        let lost = AtomicBool::new(false);
        // A refusal after a lost answer is settled by the mark.
        let operation = Operation::of(&PUT)
            .with_deadline(transfer_deadline(bytes.len() as u64))
            .with_settled_refusals();
        self.guard
            .run(&operation, |_| async {
                let request = self
                    .client
                    .put_object()
                    .bucket(self.bucket())
                    .key(key.as_str())
                    .body(SdkBody::from(bytes.clone()));
                let mut request = describe_put(request, options);
                match &options.mode {
                    PutMode::Create => request = request.if_none_match("*"),
                    PutMode::Update(etag) => request = request.if_match(etag.as_str()),
                    _ => {}
                }
                if conditional {
                    request = request.metadata(write_id::NAME, mark.as_str());
                }
                let sent = match self.config.signs_payloads() {
                    true => request.send().await,
                    false => request.customize().disable_payload_signing().send().await,
                };
                match sent {
                    Ok(done) => {
                        self.answered();
                        Ok(put_result(done.e_tag(), done.version_id()))
                    }
                    Err(error) => self.refused(key, options, &mark, &lost, map(error)).await,
                }
            })
            .await
    }

    /// What a refused attempt at a conditional write means.
    pub(crate) async fn refused(
        &self,
        key: &ObjectKey,
        options: &PutOptions,
        mark: &WriteId,
        lost: &AtomicBool,
        error: Error,
    ) -> Result<PutResult> {
        if error.effect() == Effect::Unknown {
            lost.store(true, Ordering::Relaxed);
            return Err(error);
        }
        let conditional = options.mode != PutMode::Overwrite;
        let settled = matches!(
            (error.kind(), error.code()),
            (ErrorKind::PreconditionFailed | ErrorKind::NotFound, _)
                | (_, Some("NoSuchUpload" | "ConditionalRequestConflict"))
        );
        if settled && lost.load(Ordering::Relaxed) {
            // An earlier attempt of ours may be what this one ran into.
            let read_back = |which: &str| {
                format!(
                    "the metadata {} of {which} is {} if it is this write",
                    write_id::NAME,
                    mark.as_str()
                )
            };
            return match self.settle(key, mark).await {
                Ok(Some(result)) => Ok(result),
                // Another's object is there. Ours may have been, before it.
                Ok(None) => Err(condition_error(key, &options.mode, error)
                    .with_read_back(read_back("each version of the object"))),
                Err(read) => {
                    let text = "an answer was lost, and reading back failed";
                    Err(Error::new(read.kind(), text)
                        .with_read_back(read_back("the object"))
                        .with_source(read))
                }
            };
        }
        Err(if conditional {
            condition_error(key, &options.mode, error)
        } else {
            error
        })
    }
}

/// A refused condition in the terms of the trait.
fn condition_error(key: &ObjectKey, mode: &PutMode, error: Error) -> Error {
    let kind = match (mode, error.kind()) {
        (PutMode::Create, ErrorKind::PreconditionFailed) => ErrorKind::AlreadyExists,
        // S3 answers 404 to `If-Match` without an object.
        (PutMode::Update(_), ErrorKind::NotFound) if error.code() != Some("NoSuchBucket") => {
            ErrorKind::PreconditionFailed
        }
        _ => return error,
    };
    let message = match kind {
        ErrorKind::AlreadyExists => format!("the object {:?} exists already", key.as_str()),
        _ => format!("there is no object {:?} to update", key.as_str()),
    };
    retold(kind, message, &error)
}

pub(crate) fn put_result(etag: Option<&str>, version: Option<&str>) -> PutResult {
    PutResult::new(
        etag.map(ETag::from),
        version
            .filter(|version| *version != "null")
            .map(VersionId::from),
    )
}

/// The tags as the header `x-amz-tagging` takes them.
fn tagging(options: &PutOptions) -> Option<String> {
    if options.tags.is_empty() {
        return None;
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    Some(query.extend_pairs(&options.tags).finish())
}

macro_rules! describe {
    ($name:ident, $request:ty) => {
        pub(crate) fn $name(request: $request, options: &PutOptions) -> $request {
            let attributes = &options.attributes;
            let mut request = request
                .set_content_type(attributes.content_type.clone())
                .set_content_disposition(attributes.content_disposition.clone())
                .set_content_encoding(attributes.content_encoding.clone())
                .set_content_language(attributes.content_language.clone())
                .set_cache_control(attributes.cache_control.clone())
                .set_tagging(tagging(options));
            for (name, value) in &options.metadata {
                request = request.metadata(name, value);
            }
            request
        }
    };
}
// Two builders with the same methods and no trait in common.
describe!(describe_put, PutObjectFluentBuilder);
describe!(describe_upload, CreateMultipartUploadFluentBuilder);

/// Whether a stream has ended. Empty pieces do not count.
pub(crate) async fn next_piece(
    stream: &mut integrations_core::storage::ByteStream,
) -> Result<Option<Bytes>> {
    while let Some(piece) = stream.next().await.transpose()? {
        if !piece.is_empty() {
            return Ok(Some(piece));
        }
    }
    Ok(None)
}
