//! Upload sessions: content that is too large for one request
//! (<https://learn.microsoft.com/en-us/graph/outlook-large-attachments>).

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION};
use http::{Method, Uri};
use integrations_core::guard::Operation;
use integrations_core::http::{Body, Request, Response};
use integrations_core::{Effect, Error, ErrorKind, Result};
use serde_json::Value;
use url::Url;

use crate::api::Api;
use crate::error;

/// How much goes in one request: ten times 320 KiB, of which Graph wants multiples, and less than the
/// 4 MB that it advises.
const RANGE: usize = 10 * 320 * 1024;

/// An upload session that was begun.
#[derive(Clone)]
pub struct UploadSession {
    url: Uri,
}

/// Without the address: who has it can write there.
impl std::fmt::Debug for UploadSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadSession").finish_non_exhaustive()
    }
}

/// How an upload ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Uploaded {
    /// The last part was taken. Graph names what was made by an address of Outlook's own, where it
    /// names it.
    Done(Option<String>),
    /// The answer to the last part was lost, and the session is no more: whether all of it is there
    /// has to be read elsewhere.
    Unknown,
}

/// What Graph says of a range.
enum Told {
    /// It goes on with this byte.
    Next(usize),
    Done(Option<String>),
    Gone,
}

impl UploadSession {
    /// Reads the answer of `createUploadSession`. `base` is that of the API: content goes over
    /// https alone, except to a stand-in on this machine.
    ///
    /// # Errors
    /// `Decode` without an address; `Untrusted` for one that is not encrypted.
    pub(crate) fn read(base: &Url, answer: &Value) -> Result<Self> {
        let text = answer["uploadUrl"].as_str();
        let missing = || {
            Error::new(ErrorKind::Decode, "the upload session has no address")
                .with_effect(Effect::Applied)
        };
        let text = text.ok_or_else(missing)?;
        let parsed = Url::parse(text).map_err(|_| missing())?;
        // A stand-in without encryption gives addresses of its own.
        let own = parsed.scheme() == base.scheme() && parsed.host() == base.host();
        if parsed.scheme() != "https" && !own {
            let text = "the upload session's address is not encrypted";
            return Err(Error::new(ErrorKind::Untrusted, text));
        }
        let url = text.parse().map_err(|_| missing())?;
        Ok(Self { url })
    }

    /// Never with a token: "Do not specify an `Authorization` request header."
    fn request(&self, method: Method, body: Body) -> Request {
        let mut request = http::Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = self.url.clone();
        request
    }
}

/// The first byte of a range: `2097152`, `2097152-` or `2097152-3483321`.
fn next_byte(answer: &Value) -> Option<usize> {
    // Outlook writes it with a capital, too.
    let ranges = match &answer["nextExpectedRanges"] {
        Value::Null => &answer["NextExpectedRanges"],
        ranges => ranges,
    };
    let first = ranges[0].as_str()?;
    first.split('-').next()?.trim().parse().ok()
}

impl Api {
    /// Begins an upload session from the answer of its request.
    ///
    /// # Errors
    /// `Decode` without an address; `Untrusted` for one that is not encrypted.
    pub fn upload_session(&self, answer: &Value) -> Result<UploadSession> {
        UploadSession::read(&self.base, answer)
    }

    /// Uploads content in ranges, in order. A range whose answer was lost is asked about, and the
    /// upload goes on where Graph's copy ends: a byte that it has is not sent again.
    ///
    /// # Errors
    /// What Graph answers. The session that is left ends by itself, and nothing was made.
    pub async fn upload(
        &self,
        operation: &Operation,
        session: &UploadSession,
        content: &Bytes,
    ) -> Result<Uploaded> {
        let mut at = 0;
        while at < content.len() {
            let told = self.guard().run(operation, |attempt| async move {
                if attempt.number > 1 {
                    let told = self.told(session).await;
                    // Asking changes nothing, whatever became of it.
                    match told.map_err(|error| error.with_effect(Effect::NotApplied))? {
                        // Nothing of the range arrived.
                        Told::Next(next) if next <= at => {}
                        told => return Ok(told),
                    }
                }
                self.range(session, content, at).await
            });
            let last = content.len() - at <= RANGE;
            let told = told.await.map_err(|error| match last {
                true => error,
                // Before the last range is there, nothing is made.
                false => error.with_effect(Effect::NotApplied),
            });
            match told? {
                Told::Next(next) if next > at && next < content.len() => at = next,
                Told::Next(_) => {
                    let text = "the upload session wants bytes that it has, or that are not there";
                    return Err(Error::new(ErrorKind::Decode, text).with_effect(Effect::NotApplied));
                }
                Told::Done(location) => return Ok(Uploaded::Done(location)),
                Told::Gone => return Ok(Uploaded::Unknown),
            }
        }
        Err(Error::invalid_input("there is no content to upload"))
    }

    /// Where Graph's copy ends.
    async fn told(&self, session: &UploadSession) -> Result<Told> {
        let request = session.request(Method::GET, Body::empty());
        let response = self.transport.send(request).await?;
        match response.status().as_u16() {
            404 | 410 => Ok(Told::Gone),
            _ => read(response).await,
        }
    }

    async fn range(&self, session: &UploadSession, content: &Bytes, at: usize) -> Result<Told> {
        let end = content.len().min(at + RANGE);
        let mut request = session.request(Method::PUT, Body::from(content.slice(at..end)));
        let headers = request.headers_mut();
        let octets = HeaderValue::from_static("application/octet-stream");
        headers.insert(CONTENT_TYPE, octets);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(end - at));
        let range = format!("bytes {at}-{}/{}", end - 1, content.len());
        let range = HeaderValue::from_str(&range);
        let range = range.map_err(|_| Error::internal("a range is no header"))?;
        headers.insert(CONTENT_RANGE, range);
        read(self.transport.send(request).await?).await
    }
}

async fn read(response: Response) -> Result<Told> {
    let status = response.status();
    if !status.is_success() {
        return Err(error::read(&response.into_refusal().await));
    }
    let location = response.header(LOCATION).map(str::to_owned);
    let bytes = response.bytes().await?;
    if status.as_u16() == 201 {
        return Ok(Told::Done(location));
    }
    let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let next = next_byte(&answer).map(Told::Next);
    next.ok_or_else(|| {
        let text = "the upload session does not say which bytes it expects";
        Error::new(ErrorKind::Decode, text).with_effect(Effect::Unknown)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http::Response;
    use integrations_core::SecretString;
    use integrations_core::guard::Guard;
    use integrations_core::testing::{Fault, FaultyTransport};
    use serde_json::json;

    use super::*;

    integrations_core::operations! {
        const OPERATIONS;
        PUT = idempotent("add_attachment", "PUT {uploadUrl}", "bytes that are there are not sent");
    }

    const URL: &str = "https://outlook.office.com/api/v2.0/Users('u')/Events('e')/AttachmentSessions('s')?authtoken=canary";

    /// Keeps bytes in order, as Outlook does, and forgets the session when it has all.
    fn outlook(total: usize) -> (Arc<FaultyTransport>, Arc<Mutex<Vec<u8>>>) {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let store = kept.clone();
        let transport = FaultyTransport::answering(move |request| {
            let mut kept = store.lock().unwrap();
            assert!(request.headers().get("authorization").is_none());
            assert_eq!(request.uri().to_string(), URL);
            let answer = Response::builder();
            if request.method() == Method::PUT {
                let range = request.headers()[CONTENT_RANGE].to_str().unwrap();
                let at: usize = range[6..].split('-').next().unwrap().parse().unwrap();
                assert_eq!(at, kept.len(), "bytes are sent in order, and once");
                kept.extend_from_slice(request.body());
                if kept.len() == total {
                    return answer
                        .status(201)
                        .header("location", "https://outlook.office.com/Attachments('a')")
                        .body(Bytes::new())
                        .unwrap();
                }
            } else if kept.len() == total {
                return answer.status(404).body(Bytes::new()).unwrap();
            }
            let body = json!({"nextExpectedRanges": [kept.len().to_string()]});
            answer.body(body.to_string().into()).unwrap()
        });
        (Arc::new(transport), kept)
    }

    fn api(transport: &Arc<FaultyTransport>) -> Api {
        let base = "https://graph.microsoft.com/v1.0".parse().unwrap();
        let token = Arc::new(SecretString::from("token"));
        let guard = Guard::builder().seed(7).build().unwrap();
        Api::new(base, transport.clone(), token, guard)
    }

    fn content() -> Bytes {
        let bytes = (0..2 * RANGE + 1000).map(|n| (n % 251) as u8);
        bytes.collect::<Vec<u8>>().into()
    }

    #[tokio::test(start_paused = true)]
    async fn ranges_are_multiples_of_320_kib_and_what_is_lost_on_the_way_is_asked_about() {
        for fault in [None, Some(Fault::CutBefore), Some(Fault::CutAfter)] {
            let content = content();
            let (transport, kept) = outlook(content.len());
            let api = api(&transport);
            let session = api.upload_session(&json!({"uploadUrl": URL})).unwrap();
            if let Some(fault) = &fault {
                let middle = |head: &http::request::Parts| {
                    let range = head.headers.get(CONTENT_RANGE);
                    range.is_some_and(|it| !it.to_str().unwrap().starts_with("bytes 0-"))
                };
                transport.fail(middle, fault.clone());
            }
            let operation = Operation::of(&PUT);
            let uploaded = api.upload(&operation, &session, &content).await.unwrap();
            let location = "https://outlook.office.com/Attachments('a')".to_owned();
            assert_eq!(uploaded, Uploaded::Done(Some(location)), "{fault:?}");
            assert!(*kept.lock().unwrap() == content, "{fault:?}");
            for sent in transport.exchanges() {
                let Some(range) = sent.headers.get(CONTENT_RANGE) else {
                    continue;
                };
                let last = range.to_str().unwrap().starts_with("bytes 6553600-");
                assert!(last || sent.body.len() % (320 * 1024) == 0);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_last_answer_is_lost_nobody_claims_to_know() {
        let content = Bytes::from_static(b"small");
        let (transport, _) = outlook(content.len());
        let api = api(&transport);
        let session = api.upload_session(&json!({"uploadUrl": URL})).unwrap();
        transport.fail(|head| head.method == "PUT", Fault::CutAfter);
        let operation = Operation::of(&PUT);
        let uploaded = api.upload(&operation, &session, &content).await.unwrap();
        assert_eq!(uploaded, Uploaded::Unknown);
    }

    #[test]
    fn content_goes_over_https_alone_and_the_address_is_not_shown() {
        let base = |text: &str| Url::parse(text).unwrap();
        let graph = base("https://graph.microsoft.com/v1.0");
        let read = |base: &Url, url: &str| UploadSession::read(base, &json!({"uploadUrl": url}));
        let session = read(&graph, URL).unwrap();
        assert!(!format!("{session:?}").contains("canary"));
        let plain = read(&graph, "http://outlook.office.com/x").unwrap_err();
        assert_eq!(plain.kind(), ErrorKind::Untrusted);
        let local = base("http://127.0.0.1:4700/v1.0");
        read(&local, "http://127.0.0.1:4700/upload/1").unwrap();
        assert!(read(&local, "http://graph.example.com/1").is_err());
        assert!(UploadSession::read(&graph, &json!({})).is_err());
    }

    // https://learn.microsoft.com/en-us/graph/outlook-large-attachments and
    // https://learn.microsoft.com/en-us/graph/api/resources/uploadsession
    #[test]
    fn expected_ranges_are_read_in_each_form() {
        for (range, byte) in [
            ("0-", 0),
            ("2097152", 2_097_152),
            ("1998457-2097094", 1_998_457),
        ] {
            assert_eq!(
                next_byte(&json!({"nextExpectedRanges": [range]})),
                Some(byte)
            );
            assert_eq!(
                next_byte(&json!({"NextExpectedRanges": [range]})),
                Some(byte)
            );
        }
        assert_eq!(next_byte(&json!({"nextExpectedRanges": []})), None);
    }
}
