//! XML as servers answer it, read into a small tree by namespace.
//!
//! Prefixes say nothing (RFC 4918, section 17): `D:href`, `ns0:href` and `href` with a default
//! namespace are one. A document type is refused, so that there are no entities beside the five of
//! XML itself: neither a bomb nor a file of this machine can be in an answer. Depth and number of
//! elements are bounded, beside the bound on bytes that every answer has.

use integrations_core::{Error, ErrorKind, Result};
use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

/// `DAV:` (RFC 4918).
pub(crate) const DAV: &str = "DAV:";
/// CalDAV (RFC 4791).
pub(crate) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// `getctag` (<https://github.com/apple/ccs-calendarserver/blob/master/doc/Extensions/caldav-ctag.txt>).
pub(crate) const SERVER: &str = "http://calendarserver.org/ns/";
/// `calendar-color`, which every server keeps for Apple's clients.
pub(crate) const APPLE: &str = "http://apple.com/ns/ical/";

/// Deeper than any answer of WebDAV: a `multistatus` has about ten levels.
const MAX_DEPTH: usize = 64;
/// More elements than this are refused: each takes far more memory than its bytes.
const MAX_ELEMENTS: usize = 1_000_000;
/// An element has few attributes; among many namespaces each name is looked for in all.
const MAX_ATTRIBUTES: usize = 32;

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// The text within, that of its children left out.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Whether it has this name.
    pub(crate) fn is(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace == namespace
    }

    /// The first child of this name.
    pub(crate) fn child(&self, namespace: &str, name: &str) -> Option<&Element> {
        self.children.iter().find(|one| one.is(namespace, name))
    }

    /// All children of this name.
    pub(crate) fn all<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Element> {
        self.children
            .iter()
            .filter(move |one| one.is(namespace, name))
    }

    /// The text of a child, without the blanks around it; `None` when it is empty.
    pub(crate) fn text_of(&self, namespace: &str, name: &str) -> Option<&str> {
        let text = self.child(namespace, name)?.text.trim();
        (!text.is_empty()).then_some(text)
    }

    /// An attribute by its local name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn wrong(what: impl Into<String>) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("the answer is not the XML of WebDAV: {}", what.into()),
    )
}

/// Reads a document into its root.
///
/// # Errors
/// `Decode` for what is not well formed or not UTF-8, has a document type or an entity of its own,
/// is deeper than 64 levels, or has more than 1,000,000 elements or 32 attributes at one of them.
pub(crate) fn parse(bytes: &[u8]) -> Result<Element> {
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0_usize;
    loop {
        let event = reader.read_event().map_err(|e| wrong(e.to_string()))?;
        match event {
            Event::Start(start) => {
                count += 1;
                if open.len() == MAX_DEPTH || count > MAX_ELEMENTS {
                    return Err(wrong("it has too many levels or elements"));
                }
                if open.is_empty() && root.is_some() {
                    return Err(wrong("it has two roots"));
                }
                open.push(element(&reader, &start)?);
            }
            Event::End(_) => {
                // The reader checks that every end has its start.
                let Some(done) = open.pop() else { continue };
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => root = Some(done),
                }
            }
            Event::Text(text) => {
                let text = text.xml_content().map_err(|e| wrong(e.to_string()))?;
                add(&mut open, &text)?;
            }
            Event::CData(data) => {
                let text = data.xml_content().map_err(|e| wrong(e.to_string()))?;
                add(&mut open, &text)?;
            }
            Event::GeneralRef(entity) => {
                let mut room = [0; 4];
                let text = reference(&entity, &mut room)?;
                add(&mut open, text)?;
            }
            Event::DocType(_) => return Err(wrong("it has a document type, which is refused")),
            Event::Eof if open.is_empty() => break,
            Event::Eof => return Err(wrong("it breaks off")),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    root.ok_or_else(|| wrong("it is empty"))
}

fn add(open: &mut [Element], text: &str) -> Result<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(wrong("it has text outside of its root")),
    }
    Ok(())
}

/// A character by number, or one of the five entities that XML has by itself.
fn reference<'a>(entity: &BytesRef<'_>, room: &'a mut [u8; 4]) -> Result<&'a str> {
    let number = entity
        .resolve_char_ref()
        .map_err(|e| wrong(e.to_string()))?;
    if let Some(c) = number {
        return Ok(c.encode_utf8(room));
    }
    let name = entity.decode().map_err(|e| wrong(e.to_string()))?;
    resolve_predefined_entity(&name).ok_or_else(|| wrong("it names an entity, which is refused"))
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Element> {
    let (namespace, name) = reader.resolve_element(start.name());
    let utf8 = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("a name is not UTF-8"));
        text.map(str::to_owned)
    };
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => utf8(namespace.as_ref())?,
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return Err(wrong("a prefix has no namespace")),
    };
    let mut made = Element {
        namespace,
        name: utf8(name.as_ref())?,
        ..Element::default()
    };
    for (count, attribute) in start.attributes().enumerate() {
        if count == MAX_ATTRIBUTES {
            return Err(wrong("an element has too many attributes"));
        }
        let attribute = attribute.map_err(|e| wrong(e.to_string()))?;
        let value = attribute
            .unescape_value()
            .map_err(|_| wrong("an attribute cannot be read"))?;
        let name = utf8(attribute.key.local_name().as_ref())?;
        made.attributes.push((name, value.into_owned()));
    }
    Ok(made)
}

/// Text as it is written between tags or in quotes.
pub(crate) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_told_by_namespace_whatever_the_prefix() {
        for text in [
            r#"<D:a xmlns:D="DAV:"><D:b>x &amp; &#x79;</D:b></D:a>"#,
            r#"<a xmlns="DAV:"><b><![CDATA[x & y]]></b></a>"#,
            r#"<?xml version="1.0"?><z:a xmlns:z="DAV:"><b xmlns="DAV:"> x &#38; y </b></z:a>"#,
        ] {
            let root = parse(text.as_bytes()).unwrap();
            assert!(root.is(DAV, "a"), "{root:?}");
            assert_eq!(root.text_of(DAV, "b"), Some("x & y"), "{text}");
        }
        let other = parse(br#"<D:a xmlns:D="urn:other"><D:b>x</D:b></D:a>"#).unwrap();
        assert_eq!(other.text_of(DAV, "b"), None);
    }

    #[test]
    fn what_could_harm_the_reader_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
        let deeper = "<D:a xmlns:D=\"DAV:\">".repeat(100_000);
        let spaces: String = (0..100_000).map(|n| format!(" xmlns:n{n}=\"u\"")).collect();
        let spaced = format!("<a{spaces}>{}</a>", "<n0:b/>".repeat(100_000));
        let wide = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS));
        for text in [
            // A bomb of entities, and one that reads a file.
            r#"<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]><a>&m;</a>"#,
            r#"<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>"#,
            r#"<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>"#,
            "<a>&f;</a>",
            r#"<a b="&f;"/>"#,
            &deep,
            &deeper,
            &spaced,
            &wide,
            "<a><b></a></b>",
            "<a>",
            "<a/><a/>",
            "<p:a/>",
            "text",
            "",
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{text:.60}");
            assert!(!error.to_string().contains("passwd"), "{error}");
        }
        assert!(parse(b"<a>\xff</a>").is_err());
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = "a<b>&\"'\u{e9}";
        let written = format!("<a b=\"{0}\">{0}</a>", escaped(text));
        let root = parse(written.as_bytes()).unwrap();
        assert_eq!(root.text, text);
        assert_eq!(root.attribute("b"), Some(text));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(<D:a|</D:a>|<a/>|xmlns:D=\"|DAV:|&#x|&amp;|<!\\[CDATA\\[|\\]\\]>|<!--|-->|[<>&;\"'= a-z]|\\PC){0,24}") {
            let _ = parse(text.as_bytes());
            let _ = crate::dav::multistatus::precondition(text.as_bytes());
        }
    }
}
