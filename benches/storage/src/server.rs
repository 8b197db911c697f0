//! The server that every arm talks to: S3's protocol as far as the arms need it, in memory.
//!
//! `TCP_NODELAY` is set and no signature is checked, so that the clients are what is measured.
//! Bodies are kept in the pieces in which they came, and nothing is hashed.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::stream;
use http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::chunked::Unchunk;
use crate::{BIG, BIG_KEY, PART};

type Pieces = Vec<Bytes>;
type Answer = Response<StreamBody<Body>>;
type Body = stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>;

#[derive(Clone)]
struct Object {
    pieces: Arc<Pieces>,
    size: u64,
    etag: String,
}

#[derive(Default)]
struct Store {
    objects: HashMap<String, Object>,
    uploads: HashMap<String, BTreeMap<u32, (Pieces, u64)>>,
    count: u64,
}

impl Store {
    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn insert(&mut self, path: &str, pieces: Pieces, size: u64) -> String {
        let etag = format!("\"{:032x}\"", self.next());
        let object = Object {
            pieces: Arc::new(pieces),
            size,
            etag: etag.clone(),
        };
        self.objects.insert(path.to_owned(), object);
        etag
    }
}

type Shared = Arc<Mutex<Store>>;

/// Serves until it is killed. Prints the port on the first line.
pub async fn serve() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let store = Shared::default();
    let part = Bytes::from(vec![b'x'; PART]);
    let big = vec![part; BIG as usize / PART];
    lock(&store).insert(&format!("/bench/{BIG_KEY}"), big, BIG);
    println!("{}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let store = store.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(store.clone(), request));
            // A client that goes away is no error here.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn lock(store: &Shared) -> std::sync::MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(store: Shared, request: Request<Incoming>) -> Result<Answer, hyper::Error> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let query: HashMap<String, String> = head
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let upload = query.get("uploadId");
    Ok(match head.method {
        Method::PUT => {
            let (pieces, size) = receive(&head.headers, body).await?;
            let etag = match (upload, query.get("partNumber")) {
                (Some(upload), Some(number)) => put_part(&store, upload, number, pieces, size),
                _ => Some(lock(&store).insert(&path, pieces, size)),
            };
            match etag {
                Some(etag) => with(StatusCode::OK, &[(ETAG.as_str(), &etag)], Vec::new()),
                None => error(StatusCode::NOT_FOUND, "NoSuchUpload"),
            }
        }
        Method::POST => {
            body.collect().await?;
            match upload {
                Some(upload) => complete(&store, &path, upload),
                None if query.contains_key("uploads") => create(&store),
                None => error(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
            }
        }
        Method::DELETE => {
            let mut store = lock(&store);
            match upload {
                Some(upload) => drop(store.uploads.remove(upload)),
                None => drop(store.objects.remove(&path)),
            }
            with(StatusCode::NO_CONTENT, &[], Vec::new())
        }
        Method::GET if query.contains_key("list-type") => list(&store, &path, &query),
        Method::GET | Method::HEAD => read(&store, &head.method, &path, &head.headers),
        _ => error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
    })
}

/// The bytes of a request, without the framing in which some clients send a checksum.
async fn receive(headers: &HeaderMap, mut body: Incoming) -> Result<(Pieces, u64), hyper::Error> {
    let framed = headers.contains_key("x-amz-decoded-content-length");
    let mut unchunk = Unchunk::default();
    let mut pieces = Pieces::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            match framed {
                true => unchunk.push(data, &mut pieces),
                false => pieces.push(data),
            }
        }
    }
    let size = pieces.iter().map(|piece| piece.len() as u64).sum();
    Ok((pieces, size))
}

fn put_part(store: &Shared, id: &str, number: &str, pieces: Pieces, size: u64) -> Option<String> {
    let mut store = lock(store);
    let etag = format!("\"{:032x}\"", store.next());
    let number = number.parse().ok()?;
    store.uploads.get_mut(id)?.insert(number, (pieces, size));
    Some(etag)
}

fn create(store: &Shared) -> Answer {
    let mut store = lock(store);
    let id = format!("upload-{}", store.next());
    store.uploads.insert(id.clone(), BTreeMap::new());
    xml(format!(
        "<InitiateMultipartUploadResult><Bucket>bench</Bucket><Key>key</Key>\
         <UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
    ))
}

fn complete(store: &Shared, path: &str, id: &str) -> Answer {
    let mut store = lock(store);
    let Some(parts) = store.uploads.remove(id) else {
        return error(StatusCode::NOT_FOUND, "NoSuchUpload");
    };
    let size = parts.values().map(|(_, size)| size).sum();
    let pieces = parts.into_values().flat_map(|(pieces, _)| pieces).collect();
    let etag = store.insert(path, pieces, size);
    let etag = etag.trim_matches('"');
    xml(format!(
        "<CompleteMultipartUploadResult><Bucket>bench</Bucket><Key>key</Key>\
         <ETag>&quot;{etag}-1&quot;</ETag></CompleteMultipartUploadResult>"
    ))
}

fn list(store: &Shared, path: &str, query: &HashMap<String, String>) -> Answer {
    let bucket = path.trim_end_matches('/');
    let prefix = query.get("prefix").map_or("", String::as_str);
    let prefix = prefix.replace("%2F", "/");
    let store = lock(store);
    let mut keys: Vec<(&str, &Object)> = store
        .objects
        .iter()
        .filter_map(|(path, object)| Some((path.strip_prefix(bucket)?.get(1..)?, object)))
        .filter(|(key, _)| key.starts_with(&prefix))
        .collect();
    keys.sort_by_key(|(key, _)| *key);
    let entries: String = keys
        .iter()
        .map(|(key, object)| {
            let (etag, size) = (object.etag.trim_matches('"'), object.size);
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
                 <ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size></Contents>"
            )
        })
        .collect();
    xml(format!(
        "<ListBucketResult><Name>bench</Name><KeyCount>{}</KeyCount>\
         <IsTruncated>false</IsTruncated>{entries}</ListBucketResult>",
        keys.len()
    ))
}

fn read(store: &Shared, method: &Method, path: &str, headers: &HeaderMap) -> Answer {
    let Some(object) = lock(store).objects.get(path).cloned() else {
        return error(StatusCode::NOT_FOUND, "NoSuchKey");
    };
    let size = object.size;
    let range = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let (start, end) = match range.map(|text| bounds(text, size)) {
        None => (0, size),
        Some(Some(bounds)) => bounds,
        Some(None) => return error(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange"),
    };
    let (length, content_range) = (
        (end - start).to_string(),
        format!("bytes {start}-{}/{size}", end.saturating_sub(1)),
    );
    let mut headers = vec![
        (ETAG.as_str(), object.etag.as_str()),
        (LAST_MODIFIED.as_str(), "Thu, 01 Jan 2026 00:00:00 GMT"),
        (CONTENT_TYPE.as_str(), "application/octet-stream"),
        (ACCEPT_RANGES.as_str(), "bytes"),
        (CONTENT_LENGTH.as_str(), &length),
    ];
    let status = match range {
        Some(_) => {
            headers.push((CONTENT_RANGE.as_str(), &content_range));
            StatusCode::PARTIAL_CONTENT
        }
        None => StatusCode::OK,
    };
    let pieces = match *method == Method::HEAD {
        true => Vec::new(),
        false => cut(&object.pieces, start, end),
    };
    with(status, &headers, pieces)
}

/// RFC 9110, section 14.1.2.
fn bounds(text: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (first, last) {
        ("", count) => (size.saturating_sub(count.parse().ok()?), size),
        (first, "") => (first.parse().ok()?, size),
        (first, last) => (
            first.parse().ok()?,
            size.min(last.parse::<u64>().ok()?.checked_add(1)?),
        ),
    };
    (start < end).then_some((start, end))
}

fn cut(pieces: &[Bytes], start: u64, end: u64) -> Pieces {
    let mut at = 0;
    let mut cut = Pieces::new();
    for piece in pieces {
        let length = piece.len() as u64;
        let from = start.clamp(at, at + length) - at;
        let to = end.clamp(at, at + length) - at;
        if from < to {
            cut.push(piece.slice(from as usize..to as usize));
        }
        at += length;
    }
    cut
}

fn xml(text: String) -> Answer {
    let pieces = vec![Bytes::from(text)];
    with(
        StatusCode::OK,
        &[(CONTENT_TYPE.as_str(), "application/xml")],
        pieces,
    )
}

fn error(status: StatusCode, code: &str) -> Answer {
    let mut answer = xml(format!(
        "<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    ));
    *answer.status_mut() = status;
    answer
}

fn with(status: StatusCode, headers: &[(&str, &str)], pieces: Pieces) -> Answer {
    let mut answer = Response::builder()
        .status(status)
        .header("x-amz-request-id", "0123456789ABCDEF");
    let mut sized = false;
    for (name, value) in headers {
        sized |= *name == CONTENT_LENGTH.as_str();
        answer = answer.header(*name, *value);
    }
    if !sized && status != StatusCode::NO_CONTENT {
        let length: usize = pieces.iter().map(Bytes::len).sum();
        answer = answer.header(CONTENT_LENGTH, length);
    }
    let frames: Vec<_> = pieces
        .into_iter()
        .map(|piece| Ok(Frame::data(piece)))
        .collect();
    answer
        .body(StreamBody::new(stream::iter(frames)))
        .expect("the headers are plain text")
}
