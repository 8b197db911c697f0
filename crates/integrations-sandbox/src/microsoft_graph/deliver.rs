//! How a notice and the question before a subscription reach their address.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use url::{Host, Url};

use super::Delivery;
use super::refusal::Refusal;

/// How long an answer to the question may take
/// (<https://learn.microsoft.com/graph/change-notifications-delivery-webhooks>).
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether an address is on this machine, over plain HTTP: the only ones that are really asked.
pub(super) fn is_near(url: &Url) -> bool {
    let near = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && near
}

/// Delivers to this machine. An address elsewhere is taken to answer as it should: nothing is sent
/// out of it.
pub(super) fn near(request: Request<Bytes>) -> Response<Bytes> {
    let url = Url::parse(&request.uri().to_string()).ok();
    match url.filter(is_near) {
        Some(url) => post(&url, &request).unwrap_or_else(|_| status(StatusCode::BAD_GATEWAY)),
        None => obedient(&request),
    }
}

fn status(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// The answer of a server that wants the subscription.
fn obedient(request: &Request<Bytes>) -> Response<Bytes> {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    match pairs.find(|(name, _)| name == "validationToken") {
        None => status(StatusCode::ACCEPTED),
        Some((_, token)) => {
            let mut response = Response::new(Bytes::from(token.into_owned()));
            let text = header::HeaderValue::from_static("text/plain");
            response.headers_mut().insert(header::CONTENT_TYPE, text);
            response
        }
    }
}

/// One request over a connection of its own. In HTTP/1.0, to which no server answers in chunks.
fn post(url: &Url, request: &Request<Bytes>) -> std::io::Result<Response<Bytes>> {
    let wrong = |what: &str| std::io::Error::other(what.to_owned());
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(80);
    let mut all = (host.trim_matches(['[', ']']), port).to_socket_addrs()?;
    let address = all.find(|address| match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_loopback(),
    });
    let address = address.ok_or_else(|| wrong("the address is not on this machine"))?;
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let query = url
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or("text/plain");
    let length = request.body().len();
    write!(
        socket,
        "POST {}{query} HTTP/1.0\r\nHost: {host}:{port}\r\nContent-Type: {kind}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n",
        url.path(),
    )?;
    socket.write_all(request.body())?;
    let mut answer = Vec::new();
    // What is longer than any answer that counts is not read.
    socket.take(1 << 16).read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(|| wrong("the answer has no end of its head"))?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let code = lines.next().and_then(|line| line.split(' ').nth(1));
    let code = code.and_then(|code| code.parse().ok());
    let mut made = status(code.ok_or_else(|| wrong("the answer has no status"))?);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let name = header::HeaderName::try_from(name.trim());
        let value = header::HeaderValue::try_from(value.trim());
        if let (Ok(name), Ok(value)) = (name, value) {
            made.headers_mut().append(name, value);
        }
    }
    *made.body_mut() = Bytes::copy_from_slice(&answer[end + 4..]);
    Ok(made)
}

/// Asks an address whether it wants the subscription: it answers 200 with the token as plain text,
/// decoded (the page).
pub(super) fn prove(deliver: &Delivery, address: &str, number: u64) -> Result<(), Refusal> {
    let no = |why: &str| {
        let words = format!("Subscription validation request failed. {why}");
        Err(Refusal::new(400, "ValidationError", words))
    };
    // As Graph's is: with what has to be decoded.
    let token = format!(
        "Validation: Testing client application reachability for subscription Request-Id: \
         00000000-0000-4000-a000-{number:012}"
    );
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let query = pairs.append_pair("validationToken", &token).finish();
    let mark = if address.contains('?') { '&' } else { '?' };
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{address}{mark}{query}"))
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(Bytes::new());
    let Ok(request) = request else {
        return no("The address cannot be asked.");
    };
    let answer = deliver(request);
    if answer.status() != StatusCode::OK {
        return no("Notification endpoint must respond with 200 OK to validation request.");
    }
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let plain = kind.and_then(|kind| kind.to_str().ok());
    if !plain.is_some_and(|kind| kind.starts_with("text/plain")) {
        return no("The content type of the answer has to be text/plain.");
    }
    match *answer.body() == token.as_bytes() {
        true => Ok(()),
        false => no("Response must exactly match validationToken query parameter."),
    }
}

/// Sends a notice. Graph repeats what is not answered by a success; here it is sent once.
pub(super) fn send(deliver: &Delivery, notice: &super::Notice) {
    let request = Request::builder()
        .method(Method::POST)
        .uri(&notice.address)
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .body(Bytes::from(notice.body.to_string()));
    if let Ok(request) = request {
        deliver(request);
    }
}
