//! `multistatus` answers (RFC 4918, section 13; RFC 6578, section 6.2).

use integrations_core::{Error, ErrorKind, Result};
use url::Url;

use super::xml::{CALDAV, DAV, Element, parse};

/// What a server says of several resources.
#[derive(Debug)]
pub(crate) struct Multistatus {
    pub(crate) responses: Vec<Answer>,
    /// The token of a synchronisation.
    pub(crate) sync_token: Option<String>,
}

/// What it says of one.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Where the resource is, absolute.
    pub(crate) href: Url,
    /// The status of the resource as a whole, where that is said.
    pub(crate) status: Option<u16>,
    /// The first status of a property that was refused.
    pub(crate) refused: Option<u16>,
    /// The properties that are there: those with the status 200.
    pub(crate) props: Element,
}

impl Answer {
    /// The addresses within a property.
    pub(crate) fn hrefs(&self, namespace: &str, name: &str, base: &Url) -> Vec<Url> {
        let property = self.props.child(namespace, name);
        let hrefs = property.into_iter().flat_map(|one| one.all(DAV, "href"));
        hrefs
            .filter_map(|one| base.join(one.text.trim()).ok())
            .collect()
    }

    /// The entity tag, as it came.
    pub(crate) fn etag(&self) -> Option<&str> {
        self.props.text_of(DAV, "getetag")
    }

    /// The iCalendar text.
    pub(crate) fn calendar_data(&self) -> Option<&str> {
        self.props.text_of(CALDAV, "calendar-data")
    }

    /// Whether it is a calendar.
    pub(crate) fn is_calendar(&self) -> bool {
        let kind = self.props.child(DAV, "resourcetype");
        kind.is_some_and(|kind| kind.child(CALDAV, "calendar").is_some())
    }
}

impl Multistatus {
    /// Reads an answer; its addresses are seen from `base`.
    ///
    /// # Errors
    /// `Decode` when it is not a `multistatus`, or an address in it is none.
    pub(crate) fn read(body: &[u8], base: &Url) -> Result<Self> {
        let mut root = parse(body)?;
        if !root.is(DAV, "multistatus") {
            return Err(wrong("it is not a multistatus"));
        }
        let sync_token = root.text_of(DAV, "sync-token").map(str::to_owned);
        let mut responses = Vec::new();
        for one in root.children.drain(..) {
            if one.is(DAV, "response") {
                responses.extend(answers(one, base)?);
            }
        }
        Ok(Self {
            responses,
            sync_token,
        })
    }
}

fn wrong(what: &'static str) -> Error {
    Error::new(ErrorKind::Decode, what)
}

/// One response is about one resource, or says the same of several.
fn answers(response: Element, base: &Url) -> Result<Vec<Answer>> {
    let hrefs: Vec<Url> = response
        .all(DAV, "href")
        .map(|one| base.join(one.text.trim()))
        .collect::<Result<_, _>>()
        .map_err(|_| wrong("the answer names an address that is none"))?;
    let status = response.text_of(DAV, "status").and_then(code);
    let mut props = Element::default();
    let mut refused = None;
    for mut found in response.children {
        if !found.is(DAV, "propstat") {
            continue;
        }
        let of = found.text_of(DAV, "status").and_then(code);
        // Without a status it is taken for there, as some servers mean it.
        if of.is_some_and(|of| of != 200) {
            refused = refused.or(of);
            continue;
        }
        for prop in found.children.iter_mut().filter(|one| one.is(DAV, "prop")) {
            props.children.append(&mut prop.children);
        }
    }
    let mut hrefs = hrefs.into_iter();
    let first = hrefs
        .next()
        .ok_or_else(|| wrong("the answer has a response without an address"))?;
    let mut all = vec![Answer {
        href: first,
        status,
        refused,
        props,
    }];
    all.extend(hrefs.map(|href| Answer {
        href,
        status,
        refused: None,
        props: Element::default(),
    }));
    Ok(all)
}

/// The number in `HTTP/1.1 404 Not Found`.
fn code(status: &str) -> Option<u16> {
    status.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// The name of the first condition in an error's body (RFC 4918, section 16), such as
/// `valid-sync-token`.
pub(crate) fn precondition(body: &[u8]) -> Option<String> {
    let root = parse(body).ok()?;
    if !root.is(DAV, "error") {
        return None;
    }
    let condition = root.children.first()?;
    let known = [DAV, CALDAV].contains(&condition.namespace.as_str());
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    // It becomes the code of an error: what is not a name is not shown.
    (known && condition.name.len() <= 64 && condition.name.chars().all(plain))
        .then(|| condition.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        "https://dav.example.com/cal/".parse().unwrap()
    }

    #[test]
    fn properties_that_are_not_there_are_left_out() {
        // RFC 4918, section 9.1.3, and RFC 6578, section 3.8.
        let text = r#"<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
            <D:response><D:href>/cal/a%20b.ics</D:href>
              <D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop>
                <D:status>HTTP/1.1 200 OK</D:status></D:propstat>
              <D:propstat><D:prop><C:calendar-data/></D:prop>
                <D:status>HTTP/1.1 403 Forbidden</D:status></D:propstat>
            </D:response>
            <D:response><D:href>https://dav.example.com/cal/gone.ics</D:href>
              <D:status>HTTP/1.1 404 Not Found</D:status></D:response>
            <D:sync-token>urn:token:2</D:sync-token>
        </D:multistatus>"#;
        let read = Multistatus::read(text.as_bytes(), &base()).unwrap();
        assert_eq!(read.sync_token.as_deref(), Some("urn:token:2"));
        let [there, gone] = &read.responses[..] else {
            panic!("{read:?}")
        };
        assert_eq!(there.href.path(), "/cal/a%20b.ics");
        assert_eq!(there.etag(), Some("\"1\""));
        assert!(there.calendar_data().is_none());
        assert_eq!(
            (gone.href.path(), gone.status),
            ("/cal/gone.ics", Some(404))
        );
    }

    #[test]
    fn what_is_no_multistatus_is_an_error() {
        for text in [
            "<html/>",
            r#"<multistatus xmlns="urn:other"/>"#,
            r#"<multistatus xmlns="DAV:"><response/></multistatus>"#,
            r#"<multistatus xmlns="DAV:"><response><href>http://[</href></response></multistatus>"#,
        ] {
            assert!(
                Multistatus::read(text.as_bytes(), &base()).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn the_condition_of_an_error_is_its_code() {
        let body = br#"<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>"#;
        assert_eq!(precondition(body).as_deref(), Some("valid-sync-token"));
        assert_eq!(precondition(b"<html>canary</html>"), None);
    }
}
