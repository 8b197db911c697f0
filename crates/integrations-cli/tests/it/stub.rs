//! A stand-in for S3 that says what a test tells it to, or stops in the middle.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    /// From which byte on an object is wanted.
    pub(crate) from: usize,
}

/// What goes back.
pub(crate) enum Answer {
    /// A status, headers and a body.
    Whole(u16, String, Vec<u8>),
    /// As `Whole`, but only so many bytes of the body: then silence on an open line.
    Part(u16, String, Vec<u8>, usize),
    /// Nothing, on an open line.
    Silence,
}

impl Answer {
    pub(crate) fn ok(body: &str) -> Self {
        let headers = "content-type: application/xml\r\n".to_owned();
        Self::Whole(200, headers, body.as_bytes().to_vec())
    }

    /// What S3 answers to a read of an object; `sent` is how much of it comes.
    pub(crate) fn object(request: &Request, bytes: &[u8], sent: usize) -> Self {
        let from = request.from;
        let mut headers = format!("etag: \"{TAG}\"\r\nlast-modified: {MODIFIED}\r\n");
        let (status, rest) = match from {
            0 => (200, bytes),
            _ => {
                let (last, all) = (bytes.len() - 1, bytes.len());
                headers.push_str(&format!("content-range: bytes {from}-{last}/{all}\r\n"));
                (206, &bytes[from..])
            }
        };
        Self::Part(status, headers, rest.to_vec(), sent)
    }
}

pub(crate) const TAG: &str = "0123456789abcdef";
const MODIFIED: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

/// A listing of objects of this size.
pub(crate) fn listing(names: &[&str], size: usize) -> Answer {
    let object = |name: &&str| {
        format!(
            "<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
             <ETag>\"{TAG}\"</ETag><Size>{size}</Size></Contents>"
        )
    };
    let objects: String = names.iter().map(object).collect();
    Answer::ok(&format!(
        "<ListBucketResult><Name>bucket</Name><KeyCount>{}</KeyCount><MaxKeys>1000</MaxKeys>\
         <IsTruncated>false</IsTruncated>{objects}</ListBucketResult>",
        names.len()
    ))
}

type Judge = dyn Fn(&Request) -> Answer + Send + Sync;

pub(crate) struct Stub {
    pub(crate) endpoint: String,
    /// Requests that were left without an answer, or with a part of one.
    pub(crate) stalled: Receiver<Request>,
    /// Everything that came.
    pub(crate) seen: Arc<Mutex<Vec<Request>>>,
}

impl Stub {
    /// Its threads end with the test's process.
    pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let answer: Arc<Judge> = Arc::new(answer);
        let (stalls, stalled) = channel();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        std::thread::spawn(move || {
            for line in listener.incoming() {
                let (answer, stalls, log) = (answer.clone(), stalls.clone(), log.clone());
                // A client that has gone ends its thread.
                std::thread::spawn(move || serve(line.unwrap(), &*answer, &stalls, &log));
            }
        });
        Self {
            endpoint,
            stalled,
            seen,
        }
    }

    /// The configuration of a store there, called `s3`.
    pub(crate) fn configuration(&self) -> String {
        format!(
            "[s3]\nbucket = \"bucket\"\nendpoint = \"{}\"\naccess_key_id = \"AKIAEXAMPLE\"\n\
             secret_access_key = \"secretexample\"\n",
            self.endpoint
        )
    }
}

fn serve(
    mut line: TcpStream,
    answer: &Judge,
    stalls: &Sender<Request>,
    log: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(line.try_clone()?);
    loop {
        let Some(request) = read(&mut reader, &mut line)? else {
            return Ok(());
        };
        log.lock().unwrap().push(request.clone());
        let (status, headers, body, sent) = match answer(&request) {
            Answer::Silence => return stall(reader, stalls, request),
            Answer::Whole(status, headers, body) => (status, headers, body, usize::MAX),
            Answer::Part(status, headers, body, sent) => (status, headers, body, sent),
        };
        write!(line, "HTTP/1.1 {status} OK\r\n{headers}")?;
        write!(line, "content-length: {}\r\n\r\n", body.len())?;
        let cut = sent.min(body.len());
        // An answer to HEAD has no body.
        if request.method != "HEAD" {
            line.write_all(&body[..cut])?;
            if cut < body.len() {
                return stall(reader, stalls, request);
            }
        }
    }
}

/// Says that a request was left, and keeps the line open until the client goes.
fn stall(
    mut reader: BufReader<TcpStream>,
    stalls: &Sender<Request>,
    request: Request,
) -> std::io::Result<()> {
    let _ = stalls.send(request);
    std::io::copy(&mut reader, &mut std::io::sink()).map(drop)
}

fn read(
    reader: &mut BufReader<TcpStream>,
    line: &mut TcpStream,
) -> std::io::Result<Option<Request>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split_whitespace();
    let mut request = Request {
        method: words.next().unwrap().to_owned(),
        path: words.next().unwrap().to_owned(),
        from: 0,
    };
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else {
            break;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "range" => {
                let from = value.trim_start_matches("bytes=").split('-').next();
                request.from = from.unwrap().parse().unwrap();
            }
            "expect" => line.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?,
            _ => {}
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    Ok(Some(request))
}
