//! The page on this machine that the browser comes back to (RFC 8252, section 7.3).

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use integrations::auth::CallbackParams;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use url::Url;

use crate::Failure;

/// Where the browser is sent back to.
const PATH: &str = "/callback";

/// How long the browser may take to send a request once it has connected.
const PATIENCE: Duration = Duration::from_secs(10);

/// A listener on a port of this machine.
pub(super) struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
}

/// A browser that came back, and waits to be told how it went.
pub(super) struct Back {
    pub(super) callback: CallbackParams,
    answer: oneshot::Sender<Page>,
}

/// What the browser shows in the end.
#[derive(Debug, Clone)]
struct Page {
    status: StatusCode,
    title: String,
    text: String,
}

impl Loopback {
    /// Listens on a port; 0 is any that is free.
    pub(super) async fn bind(port: u16) -> Result<Self, Failure> {
        let wrong = |error| Failure::failed(format!("nobody can listen on port {port}: {error}"));
        // IPv4 by its number: a name could be resolved to something else (RFC 8252, section 8.3).
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?;
        Ok(Self { listener, address })
    }

    /// The redirect URI.
    pub(super) fn url(&self) -> Result<Url, Failure> {
        let text = format!("http://{}{PATH}", self.address);
        text.parse()
            .map_err(|_| Failure::failed("the own address is no address"))
    }

    /// Browsers that come back with a state, one after the other. What has another, or none, is
    /// told so and is not let through: anybody on this machine can knock here.
    pub(super) fn listen(self, state: String) -> mpsc::Receiver<Back> {
        let (send, receive) = mpsc::channel(1);
        let state: Arc<str> = state.into();
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = self.listener.accept() => accepted,
                    () = send.closed() => return,
                };
                let Ok((stream, _)) = accepted else {
                    continue;
                };
                let (send, state) = (send.clone(), state.clone());
                tokio::spawn(async move {
                    let serve = service_fn(|request| serve(request, &state, &send));
                    // Who breaks off is not waited for.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(PATIENCE)
                        .keep_alive(false)
                        .serve_connection(TokioIo::new(stream), serve)
                        .await;
                });
            }
        });
        receive
    }
}

impl Back {
    /// Tells the person at the browser that it went well.
    pub(super) fn done(self, text: String) {
        self.tell(StatusCode::OK, "Signed in", text);
    }

    /// Tells the person at the browser why it did not.
    pub(super) fn failed(self, text: String) {
        self.tell(StatusCode::BAD_REQUEST, "Not signed in", text);
    }

    fn tell(self, status: StatusCode, title: &str, text: String) {
        // A browser that has gone is told nothing.
        let _ = self.answer.send(Page {
            status,
            title: title.to_owned(),
            text,
        });
    }
}

async fn serve(
    request: Request<hyper::body::Incoming>,
    state: &str,
    back: &mpsc::Sender<Back>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(respond(&page_for(&request, state, back).await))
}

async fn page_for<B>(request: &Request<B>, state: &str, back: &mpsc::Sender<Back>) -> Page {
    let refused = |status, text: &str| Page {
        status,
        title: "Not signed in".to_owned(),
        text: text.to_owned(),
    };
    if request.method() != Method::GET || request.uri().path() != PATH {
        return refused(StatusCode::NOT_FOUND, "There is nothing here.");
    }
    let query = request.uri().query().unwrap_or_default();
    let Ok(callback) = CallbackParams::from_query(query) else {
        return refused(StatusCode::BAD_REQUEST, "This answer cannot be read.");
    };
    let ours = callback.state.as_ref().is_some_and(|theirs| {
        use integrations::ExposeSecret;
        integrations::auth::secrets_equal(theirs.expose_secret(), state)
    });
    if !ours {
        return refused(
            StatusCode::BAD_REQUEST,
            "This is not the answer to the sign-in that the command line started.",
        );
    }
    let (answer, answered) = oneshot::channel();
    let gone = || {
        refused(
            StatusCode::GONE,
            "The command line has ended. Start it again.",
        )
    };
    if back.send(Back { callback, answer }).await.is_err() {
        return gone();
    }
    answered.await.unwrap_or_else(|_| gone())
}

fn respond(page: &Page) -> Response<Full<Bytes>> {
    let (title, text) = (escaped(&page.title), escaped(&page.text));
    let body = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body><h1>{title}</h1><p>{text}</p></body></html>\n"
    );
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = page.status;
    // The address has the code in it: it is neither kept nor passed on, and runs nothing.
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ] {
        let value = http::HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

/// Text on a page of HTML.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut shown, character| {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            character => shown.push(character),
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn page(method: Method, target: &str) -> Page {
        let (send, _keep) = mpsc::channel(1);
        let request = Request::builder()
            .method(method)
            .uri(target)
            .body(())
            .unwrap();
        page_for(&request, "the-state-of-ours", &send).await
    }

    #[tokio::test]
    async fn who_does_not_bring_our_state_is_not_let_through() {
        for target in [
            "/callback",
            "/callback?code=c",
            "/callback?code=c&state=another-state-000",
            "/callback?error=access_denied",
            "/callback?code=c&state=the-state-of-ours&state=the-state-of-ours",
        ] {
            let page = page(Method::GET, target).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{target}");
        }
        for (method, target) in [
            (Method::GET, "/"),
            (Method::GET, "/favicon.ico"),
            (Method::POST, "/callback?code=c&state=the-state-of-ours"),
        ] {
            let page = page(method, target).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{target}");
        }
    }

    #[test]
    fn what_a_provider_says_is_text_on_the_page() {
        let shown = escaped("<script>alert(\"&\")</script>");
        assert_eq!(
            shown,
            "&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"
        );
    }
}
