//! Multipart uploads of streams, with bounded memory.

use std::sync::atomic::AtomicBool;

use aws_sdk_s3::primitives::ByteStream as SdkBody;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use integrations_core::guard::Operation;
use integrations_core::operation::OperationSpec;
use integrations_core::storage::{ByteStream, ObjectKey, PutMode, PutOptions, PutResult};
use integrations_core::{Effect, Error, ErrorKind, Result};
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument;

use crate::client::transfer_deadline;
use crate::error::map;
use crate::operations::{PUT_ABORT, PUT_BEGIN, PUT_COMPLETE, PUT_PART};
use crate::put::{describe_upload, next_piece, put_result};
use crate::write_id::{self, WriteId};
use crate::{S3, S3Config};

/// S3 user guide, "Multipart upload limits".
const MAX_PARTS: u64 = 10_000;
const MAX_PART: u64 = 5 << 30;

/// The size of a part.
///
/// With a known length all parts have the same size, as large as 10,000 of them need to be.
/// Otherwise the size doubles every 900 parts: from 5 MiB on, 10,000 parts hold more than
/// the 5 TiB that an object may have, while an object below 7 GiB has parts of 8 MiB only.
pub(crate) fn part_size(first: u64, length: Option<u64>, number: u64) -> u64 {
    match length {
        Some(length) => first.max(length.div_ceil(MAX_PARTS)).min(MAX_PART),
        None => {
            let doublings = u32::try_from(number.saturating_sub(1) / 900).unwrap_or(u32::MAX);
            first
                .checked_shl(doublings)
                .unwrap_or(MAX_PART)
                .clamp(first, MAX_PART)
        }
    }
}

/// A stream cut into parts.
pub(crate) struct Parts {
    stream: ByteStream,
    rest: Bytes,
    first_size: u64,
    length: Option<u64>,
    number: u64,
    /// Buffers of parts that are sent. Fresh memory would have to be mapped page by page.
    spare: Vec<BytesMut>,
}

impl Parts {
    pub(crate) fn new(config: &S3Config, stream: ByteStream, length: Option<u64>) -> Self {
        Self {
            stream,
            rest: Bytes::new(),
            first_size: config.part_size,
            length,
            number: 0,
            spare: Vec::new(),
        }
    }

    /// Takes back what a part was held in, where nobody else holds it.
    fn recycle(&mut self, part: Bytes) {
        if let Ok(mut buffer) = part.try_into_mut() {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    /// A buffer of this size: not of a larger one, which would hold more than is counted with.
    fn buffer(&mut self, size: usize) -> BytesMut {
        match self.spare.pop() {
            Some(buffer) if buffer.capacity() == size => buffer,
            _ => BytesMut::with_capacity(size),
        }
    }

    /// The next part; all but the last have the full size.
    pub(crate) async fn next_part(&mut self) -> Result<Option<Bytes>> {
        self.number += 1;
        let size = part_size(self.first_size, self.length, self.number);
        let size = usize::try_from(size)
            .map_err(|_| Error::invalid_input("a part is larger than this machine's memory"))?;
        if self.rest.is_empty() {
            match next_piece(&mut self.stream).await? {
                Some(piece) => self.rest = piece,
                None => return Ok(None),
            }
        }
        // A piece that holds the whole part is passed on as it is.
        if self.rest.len() >= size {
            return Ok(Some(self.rest.split_to(size)));
        }
        let first = std::mem::take(&mut self.rest);
        let Some(second) = next_piece(&mut self.stream).await? else {
            return Ok(Some(first));
        };
        let mut part = self.buffer(size);
        part.extend_from_slice(&first);
        let mut piece = second;
        loop {
            let take = piece.len().min(size - part.len());
            part.extend_from_slice(&piece.split_to(take));
            if part.len() == size {
                self.rest = piece;
                break;
            }
            match next_piece(&mut self.stream).await? {
                Some(next) => piece = next,
                None => break,
            }
        }
        Ok(Some(part.freeze()))
    }

    /// Whether there is no further part.
    pub(crate) async fn is_at_end(&mut self) -> Result<bool> {
        if self.rest.is_empty() {
            match next_piece(&mut self.stream).await? {
                Some(piece) => self.rest = piece,
                None => return Ok(true),
            }
        }
        Ok(false)
    }
}

/// An upload that was begun. Unless it is completed it is aborted: at once where the put failed,
/// from a task of its own where the put was dropped.
pub(crate) struct Upload {
    s3: S3,
    key: ObjectKey,
    id: String,
    open: bool,
}

impl Upload {
    pub(crate) fn new(s3: &S3, key: &ObjectKey, id: String) -> Self {
        Self {
            s3: s3.clone(),
            key: key.clone(),
            id,
            open: true,
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The upload is an object now.
    pub(crate) fn completed(mut self) {
        self.open = false;
    }

    /// Gives the upload up, after a failure that the caller reports.
    pub(crate) async fn abort(mut self) {
        self.open = false;
        abort(&self.s3, &self.key, &self.id).await;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (s3, key, id) = (
                self.s3.clone(),
                self.key.clone(),
                std::mem::take(&mut self.id),
            );
            runtime.spawn(async move { abort(&s3, &key, &id).await });
        }
    }
}

/// Aborting cannot fail the put any further: what is left is named in the log, and a lifecycle
/// rule for incomplete uploads removes it.
async fn abort(s3: &S3, key: &ObjectKey, id: &str) {
    let operation = Operation::of(&PUT_ABORT);
    let aborted = s3
        .guard
        .run(&operation, |_| async {
            let request = s3.client.abort_multipart_upload().bucket(s3.bucket());
            request
                .key(key.as_str())
                .upload_id(id)
                .send()
                .await
                .map(drop)
                .map_err(map)
        })
        .await;
    if let Err(error) = aborted
        && error.code() != Some("NoSuchUpload")
    {
        tracing::warn!(target: "integrations::storage::s3", %key, upload = id, %error,
            "an upload could not be aborted and may be left behind");
    }
}

/// What a task of ours answered.
fn joined<T>(task: std::result::Result<Result<T>, JoinError>) -> Result<T> {
    match task {
        Ok(answer) => answer,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(
                Error::new(ErrorKind::Cancelled, "the runtime is shutting down")
                    .with_effect(Effect::NotApplied),
            ),
        },
    }
}

impl S3 {
    pub(crate) async fn put_parts(
        &self,
        key: &ObjectKey,
        first: Bytes,
        parts: Parts,
        options: &PutOptions,
    ) -> Result<PutResult> {
        let mark = WriteId::new();
        let upload = self.begin_upload(&PUT_BEGIN, key, options, &mark).await?;
        let done = match self.upload_all(key, upload.id(), first, parts).await {
            Ok(parts) => {
                self.complete(&PUT_COMPLETE, key, upload.id(), parts, options, &mark)
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

    /// Begins an upload from a task of its own: when the put is dropped meanwhile, the task goes on
    /// to learn the id, nobody takes the upload from it, and so it is aborted.
    pub(crate) async fn begin_upload(
        &self,
        operation: &'static OperationSpec,
        key: &ObjectKey,
        options: &PutOptions,
        mark: &WriteId,
    ) -> Result<Upload> {
        let (s3, key, options, mark) = (self.clone(), key.clone(), options.clone(), mark.clone());
        let create = async move {
            let id = s3.create_upload(operation, &key, &options, &mark).await?;
            Ok(Upload::new(&s3, &key, id))
        };
        joined(tokio::spawn(create.in_current_span()).await)
    }

    async fn create_upload(
        &self,
        operation: &'static OperationSpec,
        key: &ObjectKey,
        options: &PutOptions,
        mark: &WriteId,
    ) -> Result<String> {
        // Sent twice it begins two uploads, and neither is an object. One whose answer was lost
        // cannot be aborted, for want of its id; it is no reason to fail the put.
        let operation = Operation::of(operation);
        self.guard
            .run(&operation, |_| async {
                let request = self.client.create_multipart_upload().bucket(self.bucket());
                let request = describe_upload(request.key(key.as_str()), options)
                    .metadata(write_id::NAME, mark.as_str());
                let created = request.send().await.map_err(map)?;
                let id = created.upload_id().map(str::to_owned);
                id.ok_or_else(|| Error::internal("the answer has no upload id"))
            })
            .await
    }

    async fn upload_all(
        &self,
        key: &ObjectKey,
        id: &str,
        first: Bytes,
        parts: Parts,
    ) -> Result<Vec<CompletedPart>> {
        let mut under_way = JoinSet::new();
        let sent = self.send_parts(key, id, first, parts, &mut under_way).await;
        // Of an upload that failed nothing is sent any more when it is aborted.
        under_way.shutdown().await;
        let mut done = sent?;
        done.sort_by_key(|part| part.part_number());
        Ok(done)
    }

    /// Sends each part from a task of its own: a part is hashed before it is sent, and that must not
    /// hold up the reading of the next one.
    async fn send_parts(
        &self,
        key: &ObjectKey,
        id: &str,
        first: Bytes,
        mut parts: Parts,
        under_way: &mut JoinSet<Result<(CompletedPart, Bytes)>>,
    ) -> Result<Vec<CompletedPart>> {
        let send = |number, bytes: Bytes| {
            let (s3, key, id) = (self.clone(), key.clone(), id.to_owned());
            let send = async move {
                let part = s3.upload_part(&key, &id, number, &bytes).await?;
                Ok((part, bytes))
            };
            send.in_current_span()
        };
        let mut number = 1;
        under_way.spawn(send(number, first));
        let mut done = Vec::new();
        // What is held: the parts under way, and the one that is being read.
        let budget = self.config.part_size * self.config.concurrency as u64;
        while let Some(part) = parts.next_part().await? {
            let parallel = (budget / (part.len() as u64).max(1)).max(1);
            while under_way.len() as u64 >= parallel {
                if let Some(sent) = under_way.join_next().await {
                    let (part, bytes) = joined(sent)?;
                    done.push(part);
                    parts.recycle(bytes);
                }
            }
            number += 1;
            if number as u64 > MAX_PARTS {
                return Err(Error::invalid_input(
                    "the stream is longer than 10,000 parts hold; set a larger part_size",
                ));
            }
            under_way.spawn(send(number, part));
        }
        while let Some(sent) = under_way.join_next().await {
            done.push(joined(sent)?.0);
        }
        Ok(done)
    }

    async fn upload_part(
        &self,
        key: &ObjectKey,
        id: &str,
        number: i32,
        bytes: &Bytes,
    ) -> Result<CompletedPart> {
        let operation =
            Operation::of(&PUT_PART).with_deadline(transfer_deadline(bytes.len() as u64));
        self.guard
            .run(&operation, |_| async {
                let request = self
                    .client
                    .upload_part()
                    .bucket(self.bucket())
                    .key(key.as_str())
                    .upload_id(id)
                    .part_number(number)
                    .body(SdkBody::from(bytes.clone()));
                let sent = match self.config.signs_payloads() {
                    true => request.send().await,
                    false => request.customize().disable_payload_signing().send().await,
                };
                let part = sent.map_err(map)?;
                Ok(CompletedPart::builder()
                    .part_number(number)
                    .set_e_tag(part.e_tag().map(str::to_owned))
                    .set_checksum_crc32(part.checksum_crc32().map(str::to_owned))
                    .build())
            })
            .await
    }

    pub(crate) async fn complete(
        &self,
        operation: &'static OperationSpec,
        key: &ObjectKey,
        id: &str,
        parts: Vec<CompletedPart>,
        options: &PutOptions,
        mark: &WriteId,
    ) -> Result<PutResult> {
        let upload = CompletedMultipartUpload::builder()
            .set_parts(Some(parts))
            .build();
        let lost = AtomicBool::new(false);
        // S3 puts the parts together before it answers, which takes minutes for many.
        let operation = Operation::of(operation)
            .with_deadline(transfer_deadline(0) * 3)
            .with_settled_refusals();
        self.guard
            .run(&operation, |_| async {
                let mut request = self
                    .client
                    .complete_multipart_upload()
                    .bucket(self.bucket())
                    .key(key.as_str())
                    .upload_id(id)
                    .multipart_upload(upload.clone());
                match &options.mode {
                    PutMode::Create => request = request.if_none_match("*"),
                    PutMode::Update(etag) => request = request.if_match(etag.as_str()),
                    _ => {}
                }
                match request.send().await {
                    Ok(done) => Ok(put_result(done.e_tag(), done.version_id())),
                    Err(error) => self.refused(key, options, mark, &lost, map(error)).await,
                }
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIB: u64 = 1 << 40;

    #[test]
    fn ten_thousand_parts_reach_five_tebibytes() {
        let total: u64 = (1..=MAX_PARTS).map(|n| part_size(8 << 20, None, n)).sum();
        assert!(total >= 5 * TIB, "{total}");
        let smallest: u64 = (1..=MAX_PARTS).map(|n| part_size(5 << 20, None, n)).sum();
        assert!(smallest >= 5 * TIB, "{smallest}");
        for length in [1, 8 << 20, 100 << 30, 5 * TIB] {
            assert!(
                part_size(8 << 20, Some(length), 1) * MAX_PARTS >= length,
                "{length}"
            );
        }
    }

    /// evidence: s3: put: vendor specification: the limits of multipart uploads in the S3 user guide
    #[test]
    fn no_part_is_outside_the_documented_bounds() {
        for number in 1..=MAX_PARTS {
            for first in [5 << 20, 8 << 20, 1 << 30] {
                let size = part_size(first, None, number);
                assert!(
                    (5 << 20..=MAX_PART).contains(&size),
                    "part {number} of {size}"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_stream_is_cut_into_full_parts() {
        let config = S3Config::new("bucket");
        let bytes: Bytes = (0..20_u64 << 20)
            .map(|n| (n % 251) as u8)
            .collect::<Vec<_>>()
            .into();
        for piece in [1 << 20, 3_000_001, 9 << 20, 64 << 20] {
            let pieces: Vec<_> = bytes
                .chunks(piece)
                .map(|p| Ok(bytes.slice_ref(p)))
                .collect();
            let stream = ByteStream::new(futures::stream::iter(pieces));
            let mut parts = Parts::new(&config, stream, None);
            let mut seen = Vec::new();
            while let Some(part) = parts.next_part().await.unwrap() {
                seen.push(part);
            }
            let sizes: Vec<_> = seen.iter().map(Bytes::len).collect();
            assert_eq!(sizes, [8 << 20, 8 << 20, 4 << 20], "in pieces of {piece}");
            assert!(seen.concat() == bytes, "in pieces of {piece}");
        }
    }
}
