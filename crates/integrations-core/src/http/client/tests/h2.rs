//! HTTP/2 against a server whose frames are written out by hand (RFC 9113, section 4.1): what it
//! refuses, and what is sent again.

use std::collections::VecDeque;

use tokio_rustls::server::TlsStream;

use super::tls::secured;
use super::*;

/// What the server does with one request, when it has read all of it.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A status of 200 and nothing else: the first entry of HPACK's static table that says so
    /// (RFC 7541, appendix A).
    Answer,
    /// `RST_STREAM` with this code.
    Reset(u8),
    /// `GOAWAY` with this code, which says that no request was begun with.
    GoAway(u8),
    /// `GOAWAY` without an error, which says that this request was begun with, and no answer to it
    /// before the connection closes.
    Begun,
}

// RFC 9113, section 7.
const NO_ERROR: u8 = 0;
const INTERNAL_ERROR: u8 = 2;
const REFUSED_STREAM: u8 = 7;
const CANCEL: u8 = 8;

struct Server {
    uri: String,
    transport: HttpTransport,
    /// The number of the connection of each request.
    seen: Arc<Mutex<Vec<usize>>>,
}

impl Server {
    async fn serve(steps: &[Step]) -> Self {
        let steps = Arc::new(Mutex::new(steps.iter().copied().collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = seen.clone();
        let connections = Arc::new(Mutex::new(0));
        let (uri, authority) = secured(&["h2", "http/1.1"], move |socket| {
            let (steps, into, connections) = (steps.clone(), into.clone(), connections.clone());
            async move {
                let number = {
                    let mut connections = connections.lock().unwrap();
                    *connections += 1;
                    *connections
                };
                // It ends with an error where the client hangs up.
                let _ = speak(socket, || {
                    into.lock().unwrap().push(number);
                    steps.lock().unwrap().pop_front().unwrap()
                })
                .await;
            }
        })
        .await;
        let config = TransportConfig::new().with_root_certificate(authority);
        let transport = HttpTransport::new(config).unwrap();
        Self {
            uri,
            transport,
            seen,
        }
    }

    async fn post(&self, body: impl Into<Body>) -> Result<Response> {
        self.transport.send(post(&self.uri, body)).await
    }

    fn seen(&self) -> Vec<usize> {
        self.seen.lock().unwrap().clone()
    }
}

fn frame_of(step: Step, stream: [u8; 4]) -> Vec<u8> {
    let [a, b, c, d] = stream;
    match step {
        // END_STREAM and END_HEADERS.
        Step::Answer => vec![0, 0, 1, 1, 5, a, b, c, d, 0x88],
        Step::Reset(code) => vec![0, 0, 4, 3, 0, a, b, c, d, 0, 0, 0, code],
        Step::GoAway(code) => vec![0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, code],
        Step::Begun => vec![0, 0, 8, 7, 0, 0, 0, 0, 0, a, b, c, d, 0, 0, 0, NO_ERROR],
    }
}

async fn speak(
    mut socket: TlsStream<TcpStream>,
    mut request: impl FnMut() -> Step,
) -> io::Result<()> {
    assert_eq!(socket.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut preface = [0; 24];
    socket.read_exact(&mut preface).await?;
    assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await?;
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await?;
        let [x, y, z, kind, flags, stream @ ..] = head;
        let length = u32::from_be_bytes([0, x, y, z]) as usize;
        socket.read_exact(&mut vec![0; length]).await?;
        let answer = match kind {
            // DATA and HEADERS, the last of their stream.
            0 | 1 if flags & 1 == 1 => {
                let step = request();
                let answer = frame_of(step, stream);
                if matches!(step, Step::Begun) {
                    socket.write_all(&answer).await?;
                    return socket.shutdown().await;
                }
                answer
            }
            // SETTINGS.
            4 if flags & 1 == 0 => vec![0, 0, 0, 4, 1, 0, 0, 0, 0],
            _ => continue,
        };
        socket.write_all(&answer).await?;
    }
}

fn stream() -> Body {
    Body::stream(Bytes::from_static(b"abc").into(), Some(3))
}

#[tokio::test]
async fn two_requests_are_two_streams_of_one_connection() {
    let server = Server::serve(&[Step::Answer; 3]).await;
    for body in [Body::from("x"), Body::empty(), stream()] {
        let response = server.post(body).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.bytes().await.unwrap(), "");
    }
    assert_eq!(server.seen(), [1, 1, 1]);
}

#[tokio::test]
async fn a_stream_that_was_refused_twice_is_sent_a_third_time_and_no_more() {
    let refused = Step::Reset(REFUSED_STREAM);
    let server = Server::serve(&[refused, refused, Step::Answer]).await;
    assert_eq!(server.post("x").await.unwrap().status(), 200);
    assert_eq!(server.seen().len(), 3);

    let server = Server::serve(&[refused, refused, refused, Step::Answer]).await;
    let error = server.post("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_connection_that_is_closed_in_peace_is_left_for_another() {
    let server = Server::serve(&[Step::GoAway(NO_ERROR), Step::Answer]).await;
    assert_eq!(server.post("x").await.unwrap().status(), 200);
    assert_eq!(server.seen(), [1, 2]);
}

#[tokio::test]
async fn a_body_that_is_a_stream_is_not_sent_again() {
    for step in [Step::Reset(REFUSED_STREAM), Step::GoAway(NO_ERROR)] {
        let server = Server::serve(&[step, Step::Answer]).await;
        let error = server.post(stream()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{step:?}");
        assert_eq!(server.seen().len(), 1, "{step:?}");
    }
}

#[tokio::test]
async fn what_may_have_begun_is_not_sent_again() {
    for step in [
        Step::Reset(CANCEL),
        Step::Reset(INTERNAL_ERROR),
        Step::Reset(NO_ERROR),
        Step::GoAway(INTERNAL_ERROR),
        Step::Begun,
    ] {
        let server = Server::serve(&[step, Step::Answer]).await;
        let error = server.post("x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{step:?}");
        assert_eq!(error.effect(), Effect::Unknown, "{step:?}");
        assert_eq!(server.seen().len(), 1, "{step:?}");
    }
}
