//! Files of 3 MB and more: a session, and its ranges one after the other
//! (<https://learn.microsoft.com/graph/outlook-large-attachments>).

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_RANGE, LOCATION};
use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::actions::{only, parameter};
use super::attachments::INLINE;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Call, Place, origin};
use super::state::{Answer, Fields, State};
use super::times::{self, text};

/// "You can attach files up to 150 MB."
const MOST: u64 = 150 << 20;
/// How long a session holds: not described, but answered.
const HOLDS: SignedDuration = SignedDuration::from_hours(24);
/// The parts of a range have at most so much: "keep each byte range less than 4 MB".
const PART: u64 = 4 << 20;

/// A file that comes in parts.
pub(super) struct Upload {
    mailbox: String,
    event: String,
    /// What the attachment is, but for its content.
    item: Fields,
    size: u64,
    received: BytesMut,
    expires: Timestamp,
}

fn session(upload: &Upload, next: Value) -> Value {
    json!({"expirationDateTime": times::stamp(upload.expires), "nextExpectedRanges": next})
}

impl State {
    pub(super) fn begin_upload(&mut self, at: &Place, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.body()?;
        only(&body, &["AttachmentItem"])?;
        let item = parameter(&body, "AttachmentItem")
            .and_then(Value::as_object)
            .cloned();
        let item = item.ok_or_else(|| Refusal::body("The AttachmentItem is missing."))?;
        if !text(&item, "attachmentType").is_some_and(|it| it.eq_ignore_ascii_case("file")) {
            return Err(Refusal::invalid("Only files can be uploaded."));
        }
        if text(&item, "name").is_none_or(str::is_empty) {
            return Err(Refusal::property("The attachment needs a name."));
        }
        let size = item.get("size").and_then(Value::as_u64).unwrap_or(0);
        // The codes are those that people meet.
        if size < INLINE {
            let words = "Attachment size must be greater than the minimum size.";
            let code = "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize";
            return Err(Refusal::new(400, code, words));
        }
        if size > MOST {
            let words = "The attachment is larger than 150 MB.";
            return Err(Refusal::new(413, "ErrorAttachmentSizeLimitExceeded", words));
        }
        self.found(at, &super::ids::key(id)?)?;
        let token = format!("upload{:08x}", self.next());
        let expires = self.now.checked_add(HOLDS).map_err(Refusal::far)?;
        let upload = Upload {
            mailbox: at.mailbox.clone(),
            event: id.to_owned(),
            item,
            size,
            received: BytesMut::new(),
            expires,
        };
        let user = &self.mailbox(&at.mailbox)?.id;
        let mut answer = session(&upload, json!(["0-"]));
        answer["@odata.context"] = format!(
            "{}/v1.0/$metadata#microsoft.graph.uploadSession",
            call.origin
        )
        .into();
        answer["uploadUrl"] = format!(
            "{}/api/v2.0/Users('{user}')/Events('{id}')/AttachmentSessions('{token}')?authtoken={token}",
            call.origin
        )
        .into();
        self.uploads.insert(token, upload);
        Ok(Reply::json(201, answer))
    }

    /// What comes to the address of an upload: a range, a question how far it is, or its end.
    pub(super) fn uploaded(&mut self, request: &Request<Bytes>) -> Answer<Reply> {
        // "Do not specify an Authorization request header. The PUT query uses a pre-authenticated
        // URL": one that comes all the same is refused, so that the token is never sent there.
        if request.headers().contains_key(http::header::AUTHORIZATION) {
            return Err(Refusal::credentials());
        }
        if let Some(refusal) = self.refusals.pop_front() {
            return Err(refusal);
        }
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let mut pairs = url::form_urlencoded::parse(query);
        let token = pairs
            .find(|(name, _)| name == "authtoken")
            .map(|(_, token)| token.into_owned());
        let token = token.ok_or_else(Refusal::credentials)?;
        let path = percent_encoding::percent_decode_str(request.uri().path()).decode_utf8_lossy();
        let gone = || {
            Refusal::new(
                404,
                "ErrorItemNotFound",
                "The upload session was not found.",
            )
        };
        let now = self.now;
        let upload = self.uploads.get_mut(&token);
        let upload = upload.filter(|one| {
            one.expires > now && path.ends_with(&format!("AttachmentSessions('{token}')"))
        });
        let upload = upload.ok_or_else(gone)?;
        let next = upload.received.len() as u64;
        match *request.method() {
            Method::GET => {
                let next = json!([format!("{next}-{}", upload.size - 1)]);
                return Ok(Reply::json(200, session(upload, next)));
            }
            Method::DELETE => {
                self.uploads.remove(&token);
                return Ok(Reply::nothing(204));
            }
            Method::PUT => {}
            _ => {
                return Err(Refusal::new(
                    405,
                    "BadRequest",
                    "The method is not allowed.",
                ));
            }
        }
        let range = request
            .headers()
            .get(CONTENT_RANGE)
            .and_then(|it| it.to_str().ok());
        let range = range.and_then(range_of);
        let words =
            "The Content-Range is missing or has another form than bytes {start}-{end}/{total}.";
        let (start, end, total) = range.ok_or_else(|| Refusal::invalid(words))?;
        let length = request.body().len() as u64;
        if total != upload.size || end < start || end >= total || end - start + 1 != length {
            return Err(Refusal::invalid(
                "The range is not that of the content or the file.",
            ));
        }
        if length > PART {
            let words = "A range has less than 4 MB.";
            return Err(Refusal::new(413, "RequestEntityTooLarge", words));
        }
        // "You must upload bytes in a file in order."
        if start != next {
            let words = format!("The next byte to upload is {next}.");
            return Err(Refusal::new(416, "InvalidRange", words));
        }
        upload.received.extend_from_slice(request.body());
        let received = upload.received.len() as u64;
        if received < upload.size {
            // As the examples of the page have it: a place, and no range.
            let next = json!([received.to_string()]);
            return Ok(Reply::json(200, session(upload, next)));
        }
        let Some(whole) = self.uploads.remove(&token) else {
            return Err(gone());
        };
        let at = Place::of(&whole.mailbox);
        let made = self.attach(&at, &whole.event, &whole.item, whole.received.freeze())?;
        let user = &self.mailbox(&at.mailbox)?.id;
        let (origin, event, id) = (origin(request), whole.event, made.id(false));
        let link =
            format!("{origin}/api/v2.0/Users('{user}')/Events('{event}')/Attachments('{id}')");
        Ok(Reply::nothing(201).with(LOCATION, &link))
    }
}

fn range_of(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    Some((start.parse().ok()?, end.parse().ok()?, total.parse().ok()?))
}
