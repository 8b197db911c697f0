//! What text may stand where in a message. Everything that ends up in a header is refused when it
//! could end that header: header injection is a way to send mail in somebody's name.

use super::{Attachment, Disposition, EmailAddress, TemplateRef};
use crate::error::{Error, Result};

/// Header fields that have a place of their own in the message, or that only a mail server sets.
const RESERVED: [&str; 17] = [
    "from",
    "sender",
    "to",
    "cc",
    "bcc",
    "subject",
    "reply-to",
    "date",
    "message-id",
    "mime-version",
    "return-path",
    "received",
    "delivered-to",
    "dkim-signature",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "authentication-results",
];

/// What names a thing at the provider: an id, or text as a list of the provider's has it. An empty
/// one would name the whole collection in many a URL.
pub(super) fn id(what: &str, id: &str) -> Result<()> {
    if id.trim().is_empty() || id.chars().any(char::is_control) {
        return Err(Error::invalid_input(format!(
            "the {what} {id:?} must not be empty or have a control character"
        )));
    }
    Ok(())
}

/// A template and its version.
pub(super) fn template_ref(template: &TemplateRef) -> Result<()> {
    id("template id", template.id.as_str())?;
    match &template.version {
        Some(version) => id("version id", version.as_str()),
        None => Ok(()),
    }
}

/// One line of text: no control character, at most `most` bytes.
pub(super) fn line(what: &str, text: &str, most: usize) -> Result<()> {
    if text.len() > most {
        return Err(Error::invalid_input(format!(
            "{what} has {} bytes; the most is {most}",
            text.len()
        )));
    }
    if text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
    {
        return Err(Error::invalid_input(format!(
            "{what} has a line break or another control character: {text:?}"
        )));
    }
    Ok(())
}

/// An address that may stand in a header: also one that a provider listed.
pub(super) fn address(address: &EmailAddress) -> Result<()> {
    EmailAddress::new(address.as_str()).map(drop)
}

/// A message that the caller encoded: no Bcc among its headers, which everybody would see.
pub(super) fn encoded(mime: &[u8]) -> Result<()> {
    let mut lines = mime.split(|byte| *byte == b'\n');
    let headers = lines
        .by_ref()
        .take_while(|line| !line.is_empty() && *line != b"\r");
    for line in headers {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        let name = name.trim_ascii_end();
        if name.eq_ignore_ascii_case(b"bcc") || name.eq_ignore_ascii_case(b"resent-bcc") {
            return Err(Error::invalid_input(
                "the encoded message has a Bcc header, which everybody would see: name those \
                 recipients in the envelope only",
            ));
        }
    }
    Ok(())
}

/// A header of the caller's own.
pub(super) fn header(name: &str, value: &str) -> Result<()> {
    // RFC 5322, section 2.2: printable ASCII without the colon.
    let printable = |b: u8| (33..=126).contains(&b) && b != b':';
    if name.is_empty() || name.len() > 76 || !name.bytes().all(printable) {
        return Err(Error::invalid_input(format!(
            "the header name {name:?} must be 1 to 76 printable ASCII characters without a colon"
        )));
    }
    let lower = name.to_ascii_lowercase();
    let group = lower.starts_with("content-") || lower.starts_with("resent-");
    if group || RESERVED.contains(&lower.as_str()) {
        return Err(Error::invalid_input(format!(
            "the header {name} has a field of its own in the message, or only a mail server sets it"
        )));
    }
    // RFC 5322, section 2.1.1: a line has at most 998 characters.
    line(&format!("the header {name}"), value, 998)
}

/// A tag.
pub(super) fn tag(tag: &str) -> Result<()> {
    if tag.trim().is_empty() {
        return Err(Error::invalid_input("a tag must not be empty"));
    }
    line("a tag", tag, 128)
}

/// One piece of metadata.
pub(super) fn metadata(name: &str, value: &str) -> Result<()> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
        return Err(Error::invalid_input(format!(
            "the metadata name {name:?} must be 1 to 64 of A-Z a-z 0-9 _ -"
        )));
    }
    line(&format!("the metadata {name}"), value, 998)
}

/// A file's name, type and content id.
pub(super) fn attachment(attachment: &Attachment) -> Result<()> {
    let name = &attachment.file_name;
    line("a file name", name, 255)?;
    if name.trim().is_empty() || name.contains(['/', '\\']) || name == "." || name == ".." {
        return Err(Error::invalid_input(format!(
            "the file name {name:?} must be a name without a path"
        )));
    }
    if attachment.content.is_empty() {
        return Err(Error::invalid_input(format!(
            "the file {name:?} is empty: not every provider takes such a file, and it is nearly \
             always one that was not read"
        )));
    }
    content_type(&attachment.content_type)?;
    match &attachment.disposition {
        Disposition::Attachment => Ok(()),
        Disposition::Inline { content_id } => {
            let plain = |b: u8| b.is_ascii_graphic() && !b"<>\"()[],;:\\".contains(&b);
            if content_id.is_empty() || content_id.len() > 128 || !content_id.bytes().all(plain) {
                return Err(Error::invalid_input(format!(
                    "the content id {content_id:?} must be 1 to 128 printable ASCII characters \
                     without brackets, blanks and quotation marks"
                )));
            }
            Ok(())
        }
    }
}

/// `type/subtype`, with parameters after a semicolon (RFC 2045, section 5.1).
fn content_type(text: &str) -> Result<()> {
    line("a content type", text, 255)?;
    let token = |s: &str| {
        !s.is_empty()
            && s.bytes()
                .all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
    };
    let media = text.split(';').next().unwrap_or_default().trim();
    match media.split_once('/') {
        Some((kind, subtype))
            if token(kind) && token(subtype) && !kind.eq_ignore_ascii_case("multipart") =>
        {
            Ok(())
        }
        _ => Err(Error::invalid_input(format!(
            "the content type {text:?} is not of the form type/subtype"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_header_that_could_inject_another_is_refused() {
        for (name, value) in [
            ("X-A", "b\r\nBcc: eve@example.org"),
            ("X-A", "b\n c"),
            ("X-A", "b\0"),
            ("X-A\r\nBcc", "eve@example.org"),
            ("X A", "b"),
            ("X:A", "b"),
            ("", "b"),
            ("Été", "b"),
        ] {
            let error = header(name, value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?} {value:?}");
        }
        assert!(header("X-Campaign", "Été 2026").is_ok());
        assert!(header("In-Reply-To", "<1@example.org>").is_ok());
    }

    #[test]
    fn a_header_with_a_field_of_its_own_is_refused() {
        for name in [
            "Bcc",
            "FROM",
            "subject",
            "Content-Type",
            "Message-ID",
            "Received",
            "Resent-Bcc",
        ] {
            assert!(header(name, "x").is_err(), "{name}");
        }
    }

    #[test]
    fn an_encoded_message_shows_no_bcc() {
        for mime in [
            "From: a@example.org\r\nBcc: b@example.org\r\n\r\nx",
            "bcc : b@example.org\n\nx",
            "From: a@example.org\nRESENT-BCC: b@example.org\n",
        ] {
            assert!(encoded(mime.as_bytes()).is_err(), "{mime:?}");
        }
        for mime in [
            "From: a@example.org\r\n\r\nBcc: in the text",
            "Subject: a\r\n Bcc: folded\r\n\r\nx",
            "X-Bcc: b\n\nx",
        ] {
            assert!(encoded(mime.as_bytes()).is_ok(), "{mime:?}");
        }
    }

    #[test]
    fn file_names_and_types_are_plain() {
        let file = |name: &str, kind: &str| Attachment::new(name, kind, "x");
        assert!(attachment(&file("Übersicht 1.pdf", "application/pdf")).is_ok());
        assert!(attachment(&file("a.txt", "text/plain; charset=utf-8")).is_ok());
        for name in [
            "",
            " ",
            "../a",
            "a\\b",
            "..",
            "a\r\nX: y",
            "a\"\r\n\r\nbody",
        ] {
            assert!(attachment(&file(name, "text/plain")).is_err(), "{name:?}");
        }
        let empty = Attachment::new("a.txt", "text/plain", "");
        assert!(attachment(&empty).is_err());
        for kind in [
            "",
            "text",
            "text/",
            "a b/c",
            "text/plain\r\nX: y",
            "multipart/mixed",
        ] {
            assert!(attachment(&file("a", kind)).is_err(), "{kind:?}");
        }
        for id in ["", "<a>", "a b", "a\r\n", "é"] {
            let image = Attachment::inline("a.png", "image/png", "x", id);
            assert!(attachment(&image).is_err(), "{id:?}");
        }
        assert!(attachment(&Attachment::inline("a.png", "image/png", "x", "logo@a.b")).is_ok());
    }
}
