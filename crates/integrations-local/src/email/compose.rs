//! A message as it is on the wire, by lettre's builder.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use integrations_core::email::{Attachment, EmailAddress, EmailMessage, Mailbox};
use integrations_core::{Error, Result};
use jiff::Timestamp;
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{
    ContentDisposition, ContentId, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
    Headers,
};
use lettre::message::{self, Body, Message, MultiPart, SinglePart};

/// The bytes of a message. Bcc is nowhere in them.
pub(super) fn compose(message: &EmailMessage, date: Timestamp) -> Result<Bytes> {
    let sender = mailbox(&message.from)?;
    // The recipients are kept beside the message; lettre wants some envelope.
    let envelope = Envelope::new(None, vec![sender.email.clone()]).map_err(unbuilt)?;
    let seconds = u64::try_from(date.as_second()).unwrap_or(0);
    let mut builder = Message::builder()
        .envelope(envelope)
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(message_id(message.from.address())))
        .from(sender)
        .subject(message.subject.clone());
    for to in &message.to {
        builder = builder.to(mailbox(to)?);
    }
    for cc in &message.cc {
        builder = builder.cc(mailbox(cc)?);
    }
    for reply_to in &message.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    let built = match body(message)? {
        Piece::Single(part) => builder.singlepart(part),
        Piece::Multi(parts) => builder.multipart(parts),
    };
    let mut wire = own_headers(message)?.into_bytes();
    wire.extend(built.map_err(unbuilt)?.formatted());
    Ok(wire.into())
}

fn unbuilt(error: lettre::error::Error) -> Error {
    Error::invalid_input("the message cannot be written as mail").with_source(error)
}

/// Unique everywhere (RFC 5322, section 3.6.4).
fn message_id(sender: &EmailAddress) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    let domain = Some(sender.domain()).filter(|domain| domain.bytes().all(plain));
    let unique = uuid::Uuid::new_v4().simple();
    format!("<{unique}@{}>", domain.unwrap_or("localhost"))
}

fn mailbox(mailbox: &Mailbox) -> Result<message::Mailbox> {
    let name = mailbox.name().map(str::to_owned);
    Ok(message::Mailbox::new(name, address(mailbox.address())?))
}

/// lettre takes fewer addresses than there are; what is checked here cannot break a header.
fn address(address: &EmailAddress) -> Result<Address> {
    let checked = EmailAddress::new(address.as_str())?;
    Ok(Address::new_dangerous(
        checked.local_part(),
        checked.domain(),
    ))
}

/// The return path, the way off the list and the caller's headers, whose names may repeat: lettre
/// keeps one header per name, so they are written here and put first.
fn own_headers(message: &EmailMessage) -> Result<String> {
    let mut lines = String::new();
    let mut line = |name: &str, value: String| {
        let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| {
            Error::invalid_input(format!("{name:?} is no header name")).with_source(error)
        })?;
        let mut one = Headers::new();
        one.insert_raw(HeaderValue::new(name, value));
        lines.push_str(&one.to_string());
        Ok::<_, Error>(())
    };
    if let Some(sender) = &message.envelope_sender {
        line("Return-Path", format!("<{sender}>"))?;
    }
    if let Some(unsubscribe) = &message.unsubscribe {
        if let Some(ways) = unsubscribe.header_value() {
            line("List-Unsubscribe", ways)?;
        }
        if unsubscribe.one_click {
            // RFC 8058, section 3.1.
            line("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into())?;
        }
    }
    for (name, value) in &message.headers {
        line(name, value.clone())?;
    }
    Ok(lines)
}

enum Piece {
    Single(SinglePart),
    Multi(MultiPart),
}

impl Piece {
    fn within(self, parts: MultiPart) -> MultiPart {
        match self {
            Self::Single(part) => parts.singlepart(part),
            Self::Multi(inner) => parts.multipart(inner),
        }
    }
}

/// The bodies, the images of the HTML with it, and the files around them.
fn body(message: &EmailMessage) -> Result<Piece> {
    let (images, files): (Vec<_>, Vec<_>) = message
        .attachments
        .iter()
        .partition(|attachment| attachment.content_id().is_some());
    // The last alternative is the best one (RFC 2046, section 5.1.4); AMP stands before the HTML.
    let mut bodies = Vec::new();
    if let Some(text) = &message.text {
        bodies.push(Piece::Single(SinglePart::plain(text.clone())));
    }
    if let Some(amp) = &message.amp {
        let part = SinglePart::builder()
            .header(content_type("text/x-amp-html; charset=utf-8")?)
            .body(amp.clone());
        bodies.push(Piece::Single(part));
    }
    if let Some(html) = &message.html {
        bodies.push(with_images(SinglePart::html(html.clone()), &images)?);
    } else if !images.is_empty() {
        let text = bodies.pop().unwrap_or(Piece::Single(empty()));
        let mut related = text.within(MultiPart::related().build());
        for image in &images {
            related = related.singlepart(attachment(image)?);
        }
        bodies.push(Piece::Multi(related));
    }
    let body = if bodies.len() > 1 {
        let alternative = MultiPart::alternative().build();
        Piece::Multi(
            bodies
                .into_iter()
                .fold(alternative, |all, one| one.within(all)),
        )
    } else {
        bodies.pop().unwrap_or(Piece::Single(empty()))
    };
    if files.is_empty() {
        return Ok(body);
    }
    let mut mixed = body.within(MultiPart::mixed().build());
    for file in files {
        mixed = mixed.singlepart(attachment(file)?);
    }
    Ok(Piece::Multi(mixed))
}

fn empty() -> SinglePart {
    SinglePart::plain(String::new())
}

fn with_images(html: SinglePart, images: &[&Attachment]) -> Result<Piece> {
    if images.is_empty() {
        return Ok(Piece::Single(html));
    }
    let mut related = MultiPart::related().singlepart(html);
    for image in images {
        related = related.singlepart(attachment(image)?);
    }
    Ok(Piece::Multi(related))
}

/// Always base64: a file arrives byte for byte, whatever becomes of line ends on the way.
fn attachment(file: &Attachment) -> Result<SinglePart> {
    let content = file.content.to_vec();
    let body = Body::new_with_encoding(content, ContentTransferEncoding::Base64)
        .map_err(|_| Error::internal("a file cannot be encoded"))?;
    let part = SinglePart::builder().header(content_type(&file.content_type)?);
    let part = match file.content_id() {
        None => part.header(ContentDisposition::attachment(&file.file_name)),
        Some(id) => part
            .header(ContentId::from(format!("<{id}>")))
            .header(ContentDisposition::inline_with_name(&file.file_name)),
    };
    Ok(part.body(body))
}

fn content_type(text: &str) -> Result<ContentType> {
    ContentType::parse(text).map_err(|error| {
        Error::invalid_input(format!("{text:?} is no content type")).with_source(error)
    })
}
