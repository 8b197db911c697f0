//! Content attached to events
//! (<https://learn.microsoft.com/en-us/graph/api/resources/fileattachment>): in one request what is
//! small, and in an upload session what is not.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use integrations_core::calendar::{
    Attachment, AttachmentId, AttachmentProvider, CalendarId, EventId, NewAttachment,
};
use integrations_core::guard::Operation;
use integrations_core::{Effect, Error, ErrorKind, Result};
use integrations_microsoft_graph::{Call, Uploaded};
use serde_json::{Value, json};

use crate::Outlook;
use crate::operations::{
    ATTACH, FIND_UPLOADED, GET, READ_ATTACHMENT, REMOVE_ATTACHMENT, UPLOAD, UPLOAD_SESSION,
};
use crate::provider::{is_gone, missing, preferred};
use crate::read;

/// "If the file size is under 3 MB, do a single POST ... If the file size is between 3 MB and 150 MB,
/// create an upload session" (<https://learn.microsoft.com/en-us/graph/outlook-large-attachments>).
const INLINE: usize = 3_000_000;
const MOST: usize = 150_000_000;

impl Outlook {
    /// Attaches content in one request.
    async fn attach(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        new: &NewAttachment,
    ) -> Result<Attachment> {
        let path = self.path(calendar, &["events", event.as_str(), "attachments"]);
        let call = Call::post(&path).json(json!({
            "@odata.type": "#microsoft.graph.fileAttachment", "name": new.name,
            "contentType": new.media_type, "contentBytes": STANDARD.encode(&new.content)}));
        let made = self
            .api
            .send(&Operation::of(&ATTACH), &preferred(call))
            .await?;
        read::attachment(&made).ok_or_else(|| missing("the attachment has no id"))
    }

    /// Attaches content in parts.
    async fn upload(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        new: &NewAttachment,
    ) -> Result<Attachment> {
        // To know the new one afterwards: Graph names it by an address of Outlook's own.
        let find = Operation::of(&FIND_UPLOADED);
        let before = self.listed_attachments(calendar, event, &find).await?;
        let path = self.path(
            calendar,
            &[
                "events",
                event.as_str(),
                "attachments",
                "createUploadSession",
            ],
        );
        let call = Call::post(&path).json(json!({"AttachmentItem": {"attachmentType": "file",
            "name": new.name, "size": new.content.len(), "contentType": new.media_type}}));
        let begun = self
            .api
            .send(&Operation::of(&UPLOAD_SESSION), &preferred(call))
            .await
            .map_err(|error| error.with_effect(Effect::NotApplied))?;
        let session = self.api.upload_session(&begun)?;
        let uploaded = self
            .api
            .upload(&Operation::of(&UPLOAD), &session, &new.content)
            .await?;
        let after = self.listed_attachments(calendar, event, &find).await;
        let after = after.map_err(|error| {
            let known = uploaded != Uploaded::Unknown;
            let effect = if known {
                Effect::Applied
            } else {
                Effect::Unknown
            };
            error.with_effect(effect)
        })?;
        let id = |one: &Value| one["id"].as_str().map(str::to_owned);
        let old: Vec<_> = before.iter().filter_map(id).collect();
        let made = after.iter().find(|one| {
            let known = id(one).is_some_and(|id| old.contains(&id));
            !known && one["name"] == new.name.as_str()
        });
        let made = made.and_then(read::attachment);
        made.ok_or_else(|| {
            let text = "the content was uploaded, and is not among the event's attachments";
            Error::new(ErrorKind::Decode, text)
                .with_read_back("read the event and look among its attachments")
        })
    }
}

#[async_trait]
impl AttachmentProvider for Outlook {
    async fn add_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &NewAttachment,
    ) -> Result<Attachment> {
        match attachment.content.len() {
            0..INLINE => self.attach(calendar, event, attachment).await,
            INLINE..=MOST => self.upload(calendar, event, attachment).await,
            _ => Err(Error::unsupported("an attachment of more than 150 MB")),
        }
    }

    async fn read_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &AttachmentId,
    ) -> Result<Bytes> {
        let path = self.path(
            calendar,
            &[
                "events",
                event.as_str(),
                "attachments",
                attachment.as_str(),
                "$value",
            ],
        );
        let operation = Operation::of(&READ_ATTACHMENT);
        let limit = MOST as u64 + 1;
        self.api
            .read(&operation, &preferred(Call::get(&path)), limit)
            .await
    }

    async fn remove_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &AttachmentId,
    ) -> Result<()> {
        let path = self.path(
            calendar,
            &["events", event.as_str(), "attachments", attachment.as_str()],
        );
        let call = preferred(Call::delete(&path));
        match self
            .api
            .send(&Operation::of(&REMOVE_ATTACHMENT), &call)
            .await
        {
            Err(error) if is_gone(&error) => {
                // Either the attachment is not there or the event is not.
                let there = self
                    .api
                    .send(&Operation::of(&GET), &self.get(calendar, event))
                    .await;
                there.map(drop)
            }
            answer => answer.map(drop),
        }
    }
}
