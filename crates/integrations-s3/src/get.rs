//! Reads: checked, and resumed after a cut.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{ByteStream as SdkBody, DateTime};
use aws_sdk_s3::types::ChecksumMode;
use futures::stream;
use integrations_core::guard::Operation;
use integrations_core::storage::{
    Attributes, ByteRange, ByteStream, ETag, GetOptions, GetResult, ObjectKey, ObjectMeta,
    VersionId,
};
use integrations_core::{Effect, Error, ErrorKind, Result};
use jiff::Timestamp;

use crate::S3;
use crate::error::{map, retold};
use crate::operations::{GET, HEAD};
use crate::write_id::without_mark;

/// How often one read goes on after a cut.
const RESUMES: u32 = 8;

/// How long the line may be silent within a body before the read goes on over another.
const SILENCE: Duration = Duration::from_secs(30);

impl S3 {
    pub(crate) async fn read(&self, key: &ObjectKey, options: &GetOptions) -> Result<GetResult> {
        let output = self.get_once(key, options).await?;
        let (range, size) = extent(&output)?;
        let meta = meta_of_get(key, size, &output);
        let whole = range == (0..size);
        // Of an object that was put in one request; the checksum of a multipart upload is one of
        // checksums (it ends with the number of parts).
        let crc = output
            .checksum_crc32()
            .filter(|text| whole && !text.contains('-'));
        let crc = crc.and_then(decode_crc32);
        let state = Reading {
            s3: self.clone(),
            key: key.clone(),
            etag: meta.etag.clone(),
            version: options.version.clone(),
            body: output.body,
            at: range.start,
            end: range.end,
            resumes: 0,
            crc: crc.map(|expected| (crc32fast::Hasher::new(), expected)),
        };
        let body = ByteStream::new(stream::try_unfold(state, Reading::next));
        Ok(GetResult::new(meta, range, body))
    }

    async fn get_once(&self, key: &ObjectKey, options: &GetOptions) -> Result<GetObjectOutput> {
        let operation = Operation::of(&GET);
        self.guard
            .run(&operation, |_| async {
                let mut request = self
                    .client
                    .get_object()
                    .bucket(self.bucket())
                    .key(key.as_str());
                if let Some(range) = &options.range {
                    request = request.range(range.to_header());
                }
                request = request
                    .set_if_match(
                        options
                            .if_match
                            .as_ref()
                            .map(|etag| etag.as_str().to_owned()),
                    )
                    .set_if_none_match(
                        options
                            .if_none_match
                            .as_ref()
                            .map(|etag| etag.as_str().to_owned()),
                    )
                    .set_if_modified_since(options.if_modified_since.map(to_sdk_time))
                    .set_if_unmodified_since(options.if_unmodified_since.map(to_sdk_time))
                    .set_version_id(options.version.as_ref().map(|id| id.as_str().to_owned()));
                if options.range.is_none() && self.config.always_checksums() {
                    request = request.checksum_mode(ChecksumMode::Enabled);
                }
                let sent = request.send().await;
                sent.inspect(|_| self.answered())
                    .map_err(|error| describe(key, map(error)))
            })
            .await
    }

    pub(crate) async fn stat(&self, key: &ObjectKey, options: &GetOptions) -> Result<ObjectMeta> {
        let operation = Operation::of(&HEAD);
        let head = self
            .guard
            .run(&operation, |_| async {
                let request = self
                    .client
                    .head_object()
                    .bucket(self.bucket())
                    .key(key.as_str())
                    .set_if_match(
                        options
                            .if_match
                            .as_ref()
                            .map(|etag| etag.as_str().to_owned()),
                    )
                    .set_if_none_match(
                        options
                            .if_none_match
                            .as_ref()
                            .map(|etag| etag.as_str().to_owned()),
                    )
                    .set_if_modified_since(options.if_modified_since.map(to_sdk_time))
                    .set_if_unmodified_since(options.if_unmodified_since.map(to_sdk_time))
                    .set_version_id(options.version.as_ref().map(|id| id.as_str().to_owned()));
                request.send().await.map_err(map)
            })
            .await;
        match head {
            Ok(head) => {
                self.answered();
                meta_of_head(key, &head)
            }
            Err(error) => Err(describe(key, self.reason(error).await)),
        }
    }
}

/// A read under way.
struct Reading {
    s3: S3,
    key: ObjectKey,
    etag: Option<ETag>,
    version: Option<VersionId>,
    body: SdkBody,
    at: u64,
    end: u64,
    resumes: u32,
    /// What is seen of the checksum, and what it must be.
    crc: Option<(crc32fast::Hasher, u32)>,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(bytes::Bytes, Self)>> {
        loop {
            let piece = tokio::time::timeout(SILENCE, self.body.next()).await;
            let Ok(piece) = piece else {
                self.resume(format!("the body fell silent for {SILENCE:?}"))
                    .await?;
                continue;
            };
            let cut = match piece {
                Some(Ok(piece)) => {
                    self.at += piece.len() as u64;
                    if let Some((crc, _)) = &mut self.crc {
                        crc.update(&piece);
                    }
                    return Ok(Some((piece, self)));
                }
                None if self.at == self.end => {
                    self.check()?;
                    return Ok(None);
                }
                // After the last byte the SDK says so when its own check has failed.
                Some(Err(_)) if self.at == self.end => return Err(self.damaged()),
                _ if self.at > self.end => return Err(self.damaged()),
                None => "the body ended early".to_owned(),
                Some(Err(error)) => error.to_string(),
            };
            self.resume(cut).await?;
        }
    }

    fn check(&self) -> Result<()> {
        match &self.crc {
            Some((crc, expected)) if crc.clone().finalize() != *expected => Err(self.damaged()),
            _ => Ok(()),
        }
    }

    fn damaged(&self) -> Error {
        let what = format!(
            "the bytes of {:?} do not have the object's checksum",
            self.key.as_str()
        );
        Error::new(ErrorKind::Decode, what)
            .with_provider(self.s3.descriptor.name.clone())
            .with_operation("get")
            .with_effect(Effect::NotApplied)
            .with_advice("read it again; if it stays so the object is damaged")
    }

    /// Goes on at the byte where the body broke off, on the same version or not at all.
    async fn resume(&mut self, cut: String) -> Result<()> {
        let failed = |why: String| {
            Error::new(ErrorKind::Network, why)
                .with_provider(self.s3.descriptor.name.clone())
                .with_operation("get")
                .with_effect(Effect::NotApplied)
                .with_advice("read it again")
        };
        self.resumes += 1;
        if self.resumes > RESUMES {
            return Err(failed(format!(
                "the body broke off {RESUMES} times; last: {cut}"
            )));
        }
        let Some(etag) = self.etag.clone() else {
            return Err(failed(format!(
                "the body broke off, and has no entity tag to go on: {cut}"
            )));
        };
        let mut options = GetOptions::range(ByteRange::Bounded(self.at..self.end));
        options.if_match = Some(etag);
        options.version.clone_from(&self.version);
        let output = self
            .s3
            .get_once(&self.key, &options)
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::PreconditionFailed | ErrorKind::NotFound => {
                    failed("the body broke off, and the object was replaced meanwhile".to_owned())
                }
                _ => error,
            })?;
        let (range, _) = extent(&output)?;
        // A server that ignores conditions could give another version's bytes.
        if range != (self.at..self.end) || output.e_tag() != self.etag.as_ref().map(ETag::as_str) {
            return Err(failed(
                "the body broke off, and other bytes came instead".to_owned(),
            ));
        }
        self.body = output.body;
        Ok(())
    }
}

/// Which bytes the answer holds, and the size of the whole object.
fn extent(output: &GetObjectOutput) -> Result<(Range<u64>, u64)> {
    let wrong = || {
        Error::new(
            ErrorKind::Decode,
            "the answer does not say which bytes it holds",
        )
        .with_effect(Effect::NotApplied)
    };
    if let Some(text) = output.content_range() {
        // RFC 9110, section 14.4: `bytes 0-4/10`.
        let (range, size) = text
            .strip_prefix("bytes ")
            .and_then(|text| text.split_once('/'))
            .ok_or_else(wrong)?;
        let (first, last) = range.split_once('-').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
        let end = number(last)?.checked_add(1).ok_or_else(wrong)?;
        return Ok((number(first)?..end, number(size)?));
    }
    let length = output
        .content_length()
        .and_then(|length| u64::try_from(length).ok());
    let length = length.ok_or_else(wrong)?;
    Ok((0..length, length))
}

/// Four bytes in base 64 (RFC 4648), as `x-amz-checksum-crc32` carries them.
fn decode_crc32(text: &str) -> Option<u32> {
    let mut bits = 0_u64;
    let text = text.strip_suffix("==").filter(|text| text.len() == 6)?;
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u64::from(digit);
    }
    // Six digits are 36 bits, of which the last 4 are padding.
    u32::try_from(bits >> 4).ok()
}

/// Says which object an error is about.
pub(crate) fn describe(key: &ObjectKey, error: Error) -> Error {
    if error.kind() != ErrorKind::NotFound {
        return error;
    }
    let text = format!("the object {:?} does not exist", key.as_str());
    retold(ErrorKind::NotFound, text, &error)
}

pub(crate) fn to_sdk_time(time: Timestamp) -> DateTime {
    DateTime::from_secs(time.as_second())
}

pub(crate) fn from_sdk_time(time: &DateTime) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(time.subsec_nanos()).ok()?;
    Timestamp::new(time.secs(), nanoseconds).ok()
}

fn set_metadata(meta: &mut ObjectMeta, metadata: Option<&HashMap<String, String>>) {
    meta.metadata = without_mark(metadata).collect();
}

macro_rules! meta {
    ($name:ident, $output:ty) => {
        pub(crate) fn $name(key: &ObjectKey, size: u64, output: &$output) -> ObjectMeta {
            let mut meta = ObjectMeta::new(key.clone(), size);
            meta.etag = output.e_tag().map(ETag::from);
            meta.version = output
                .version_id()
                .filter(|id| *id != "null")
                .map(VersionId::from);
            meta.last_modified = output.last_modified().and_then(from_sdk_time);
            let mut attributes = Attributes::default();
            attributes.content_type = output.content_type().map(str::to_owned);
            attributes.content_disposition = output.content_disposition().map(str::to_owned);
            attributes.content_encoding = output
                .content_encoding()
                // What the SDK's own framing of uploads leaves behind at some stores.
                .map(|text| {
                    text.trim_end_matches("aws-chunked")
                        .trim_end_matches([',', ' '])
                })
                .filter(|text| !text.is_empty())
                .map(str::to_owned);
            attributes.content_language = output.content_language().map(str::to_owned);
            attributes.cache_control = output.cache_control().map(str::to_owned);
            meta.attributes = attributes;
            set_metadata(&mut meta, output.metadata());
            meta
        }
    };
}
// Two answers with the same fields and no trait in common.
meta!(meta_of_get, GetObjectOutput);
meta!(meta_of_head_sized, HeadObjectOutput);

pub(crate) fn meta_of_head(key: &ObjectKey, head: &HeadObjectOutput) -> Result<ObjectMeta> {
    Ok(meta_of_head_sized(key, size_of_head(head)?, head))
}

/// How long the object is. An answer that does not say it must not pass for an empty object.
pub(crate) fn size_of_head(head: &HeadObjectOutput) -> Result<u64> {
    let length = head.content_length();
    length
        .and_then(|length| u64::try_from(length).ok())
        .ok_or_else(|| {
            let text = "the answer does not say how long the object is";
            Error::new(ErrorKind::Decode, text).with_effect(Effect::NotApplied)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// evidence: s3: get: published vector: the check value of CRC-32 in its catalogue
    #[test]
    fn a_checksum_header_is_read() {
        // CRC-32 of "123456789" is 0xcbf43926, the check value of the algorithm's catalogue.
        assert_eq!(decode_crc32("y/Q5Jg=="), Some(0xcbf4_3926));
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
        for wrong in ["", "y/Q5Jg", "y/Q5J===", "y/Q5Jg==-2", "y/Q5*g=="] {
            assert_eq!(decode_crc32(wrong), None, "{wrong}");
        }
    }
}
