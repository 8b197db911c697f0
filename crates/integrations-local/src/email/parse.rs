//! Messages read back. The parser is another project's than the builder, so that each checks the
//! other.

use bytes::Bytes;
use integrations_core::email::{Attachment, EmailAddress, Mailbox, ReceivedMessage};
use mail_parser::parsers::MessageStream;
use mail_parser::{Address, MessageParser, MimeHeaders, PartType};

/// What a mail program sees of a message. What cannot be read as mail has only its bytes.
pub(super) fn parse(source: Bytes) -> ReceivedMessage {
    let mut seen = ReceivedMessage::new(source.clone());
    let Some(message) = MessageParser::default().parse(&source[..]) else {
        return seen;
    };
    let mailboxes = |address: Option<&Address<'_>>| -> Vec<Mailbox> {
        address
            .map(|list| list.iter().filter_map(mailbox).collect())
            .unwrap_or_default()
    };
    seen.from = mailboxes(message.from()).into_iter().next();
    seen.to = mailboxes(message.to());
    seen.cc = mailboxes(message.cc());
    seen.reply_to = mailboxes(message.reply_to());
    seen.subject = message.subject().map(str::to_owned);
    let single = message.parts.len() == 1;
    for part in &message.parts {
        let is_file = part.content_disposition().is_some();
        match &part.body {
            PartType::Text(text) if !is_file && part.is_content_type("text", "plain") => {
                seen.text.get_or_insert_with(|| shown(text, single));
            }
            // A message without a content type is plain text (RFC 2045, section 5.2).
            PartType::Text(text) if !is_file && part.content_type().is_none() => {
                seen.text.get_or_insert_with(|| shown(text, single));
            }
            PartType::Html(html) if !is_file => {
                seen.html.get_or_insert_with(|| shown(html, single));
            }
            PartType::Multipart(_) => {}
            _ if is_file => seen.attachments.push(file(part)),
            _ => {}
        }
    }
    seen.headers = message
        .headers_raw()
        .map(|(name, value)| (name.to_owned(), decode(value)))
        .collect();
    seen.envelope_sender = seen
        .header("Return-Path")
        .map(|path| path.trim_matches(['<', '>', ' ']).to_owned())
        .and_then(|path| EmailAddress::new(path).ok());
    seen
}

/// Text as programs hold it: lines end in a line feed, and the line end that ends every mail is not
/// of the text.
fn shown(text: &str, single: bool) -> String {
    let text = text.replace("\r\n", "\n");
    match text.strip_suffix('\n') {
        Some(text) if single => text.to_owned(),
        _ => text,
    }
}

fn mailbox(found: &mail_parser::Addr<'_>) -> Option<Mailbox> {
    let mailbox = Mailbox::new(EmailAddress::from_provider(found.address.as_deref()?));
    Some(match found.name.as_deref() {
        None => mailbox,
        // A name that could not have been sent from here is not shown.
        Some(name) => mailbox.clone().with_name(name).unwrap_or(mailbox),
    })
}

fn file(part: &mail_parser::MessagePart<'_>) -> Attachment {
    let name = part.attachment_name().unwrap_or_default().to_owned();
    let kind = part.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |kind| match kind.subtype() {
            Some(subtype) => format!("{}/{subtype}", kind.ctype()),
            None => kind.ctype().to_owned(),
        },
    );
    let content = Bytes::copy_from_slice(part.contents());
    match part.content_id() {
        Some(id) => Attachment::inline(name, kind, content, id),
        None => Attachment::new(name, kind, content),
    }
}

/// A header's text: unfolded, with encoded words read (RFC 2047).
fn decode(raw: &str) -> String {
    // The parser's own reader stops at the end of the line.
    let line = format!("{}\r\n", raw.trim_end());
    let value = MessageStream::new(line.as_bytes()).parse_unstructured();
    value.as_text().unwrap_or_default().to_owned()
}
