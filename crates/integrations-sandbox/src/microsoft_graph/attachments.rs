//! Attachments of events (<https://learn.microsoft.com/graph/api/resources/attachment>): files.
//!
//! Items of Outlook and references to files elsewhere, which Graph attaches too, are refused: this
//! stand-in's choice.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::ids;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Call, Place};
use super::state::{Answer, Fields, Item, State};
use super::times::{self, text};

/// "If the file size is under 3 MB, do a single POST"
/// (<https://learn.microsoft.com/graph/outlook-large-attachments>).
pub(super) const INLINE: u64 = 3 << 20;

/// A file of an event.
#[derive(Clone)]
pub(super) struct Attachment {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) content: Bytes,
    pub(super) inline: bool,
    pub(super) content_id: Option<String>,
    pub(super) modified: Timestamp,
}

impl Attachment {
    pub(super) fn id(&self, immutable: bool) -> String {
        ids::id(&self.key, immutable)
    }

    pub(super) fn shown(&self, immutable: bool, whole: bool) -> Value {
        let mut made = json!({
            "@odata.type": "#microsoft.graph.fileAttachment",
            "@odata.mediaContentType": self.kind, "id": self.id(immutable),
            "lastModifiedDateTime": times::stamp(self.modified), "name": self.name,
            "contentType": self.kind, "size": self.content.len(), "isInline": self.inline,
            "contentId": self.content_id, "contentLocation": null,
        });
        if whole {
            made["contentBytes"] = STANDARD.encode(&self.content).into();
        }
        made
    }
}

impl State {
    fn attachments(&self, at: &Place, id: &str) -> Answer<Vec<Attachment>> {
        let (_, event) = self.found(at, &ids::key(id)?)?;
        Ok(event.item.attachments)
    }

    fn attachment(&self, at: &Place, id: &str, one: &str) -> Answer<Attachment> {
        let key = ids::key(one)?;
        let mut all = self.attachments(at, id)?.into_iter();
        all.find(|one| one.key == key)
            .ok_or_else(Refusal::not_found)
    }

    pub(super) fn list_attachments(&self, at: &Place, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&["$select", "$top", "$skip", "$count"])?;
        let all = self.attachments(at, id)?;
        let shown = all
            .iter()
            .map(|one| selected(one.shown(call.prefer.immutable, true), call));
        call.slice(shown.collect(), at)
    }

    pub(super) fn get_attachment(
        &self,
        at: &Place,
        id: &str,
        one: &str,
        call: &Call<'_>,
    ) -> Answer<Reply> {
        call.query.only(&["$select"])?;
        let found = self.attachment(at, id, one)?;
        let shown = found.shown(call.prefer.immutable, true);
        Ok(Reply::json(200, selected(shown, call)))
    }

    pub(super) fn attachment_value(
        &self,
        at: &Place,
        id: &str,
        one: &str,
        call: &Call<'_>,
    ) -> Answer<Reply> {
        call.query.only(&[])?;
        let found = self.attachment(at, id, one)?;
        Ok(Reply::raw(found.kind, found.content))
    }

    pub(super) fn add_attachment(
        &mut self,
        at: &Place,
        id: &str,
        call: &Call<'_>,
    ) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.body()?;
        let kind = text(&body, "@odata.type").unwrap_or_default();
        if kind != "#microsoft.graph.fileAttachment" {
            return Err(Refusal::invalid(format!(
                "An attachment of the type '{kind}' cannot be added to an event."
            )));
        }
        let known = [
            "name",
            "contentType",
            "contentBytes",
            "isInline",
            "contentId",
            "contentLocation",
            "size",
            "id",
            "lastModifiedDateTime",
        ];
        let mut names = body.keys();
        if let Some(name) = names.find(|it| !it.contains('@') && !known.contains(&it.as_str())) {
            return Err(Refusal::body(format!(
                "The property '{name}' does not exist on type 'microsoft.graph.fileAttachment'."
            )));
        }
        let content = text(&body, "contentBytes").and_then(|text| STANDARD.decode(text).ok());
        let content = content.ok_or_else(|| Refusal::body("The contentBytes are not base64."))?;
        // Which error it is, is not described.
        if content.len() as u64 >= INLINE {
            return Err(Refusal::new(
                413,
                "RequestEntityTooLarge",
                "A file of 3 MB and more needs an upload session.",
            ));
        }
        let made = self.attach(at, id, &body, content.into())?;
        let shown = made.shown(call.prefer.immutable, true);
        Ok(Reply::json(201, shown))
    }

    /// Adds a file to an event.
    pub(super) fn attach(
        &mut self,
        at: &Place,
        id: &str,
        body: &Fields,
        content: Bytes,
    ) -> Answer<Attachment> {
        let name = text(body, "name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Refusal::property("The attachment needs a name."))?;
        let made = Attachment {
            key: format!("{}F", ids::event(self.next())),
            name: name.to_owned(),
            kind: text(body, "contentType")
                .unwrap_or("application/octet-stream")
                .to_owned(),
            content,
            inline: body.get("isInline") == Some(&Value::Bool(true)),
            content_id: text(body, "contentId").map(str::to_owned),
            modified: self.now,
        };
        let kept = made.clone();
        self.with_item(at, id, |item| item.attachments.push(kept))?;
        Ok(made)
    }

    pub(super) fn delete_attachment(
        &mut self,
        at: &Place,
        id: &str,
        one: &str,
        call: &Call<'_>,
    ) -> Answer<Reply> {
        call.query.only(&[])?;
        let key = self.attachment(at, id, one)?.key;
        self.with_item(at, id, |item| item.attachments.retain(|one| one.key != key))?;
        Ok(Reply::nothing(204))
    }

    /// Changes an event that is kept, and its version; an occurrence becomes an exception.
    fn with_item(&mut self, at: &Place, id: &str, change: impl FnOnce(&mut Item)) -> Answer<()> {
        let key = ids::key(id)?;
        let (calendar, event) = self.found(at, &key)?;
        let here = self.mailbox(&at.mailbox)?.calendar(&calendar)?;
        let mut item = match here.events.get(&key) {
            Some(item) => item.clone(),
            None => {
                let mut made = event.item;
                made.fields.clear();
                made.properties.clear();
                made
            }
        };
        change(&mut item);
        self.keep(&at.mailbox, &calendar, &key, item)?;
        self.changed(&at.mailbox, &calendar, &[(key, "updated")])
    }
}

fn selected(mut shown: Value, call: &Call<'_>) -> Value {
    if let (Some(text), Some(fields)) = (call.query.get("$select"), shown.as_object_mut()) {
        let names: Vec<&str> = text.split(',').map(str::trim).collect();
        fields
            .retain(|name, _| name == "id" || name.contains('@') || names.contains(&name.as_str()));
    }
    shown
}
