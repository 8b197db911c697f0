//! A browser for tests of sign-in.

mod cookies;
mod form;
mod people;
#[cfg(test)]
mod tests;

use ::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use ::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::error::{Error, ErrorKind, Result};
use cookies::Cookies;
pub use form::WebForm;
pub use people::{sign_in_at_emulate, sign_in_at_oidc_provider};

/// A browser without a screen, for tests of sign-in against servers on the own machine: it keeps
/// cookies, follows redirects and sends forms. It speaks plain HTTP and nothing else.
///
/// An address of the application itself, such as a redirect URI, is given back and not opened:
///
/// ```
/// use integrations_core::testing::{Browser, FaultyServer, Visit};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // A server that signs everybody in at once.
/// let server = FaultyServer::answering(|_| {
///     let to = "https://app.example/callback?code=c-1&state=s-1";
///     http::Response::builder().status(302).header("location", to).body("".into()).unwrap()
/// })
/// .await?;
///
/// let mut browser = Browser::new("https://app.example/callback".parse()?);
/// let visit = browser.open(&format!("{}/authorize", server.url()).parse()?).await?;
/// let Visit::Application(callback) = visit else { panic!("a page: {visit:?}") };
/// assert_eq!(callback.query(), Some("code=c-1&state=s-1"));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Browser {
    application: Url,
    cookies: Cookies,
}

/// Where the browser came to.
#[derive(Debug)]
pub enum Visit {
    /// A page of the server.
    Page(WebPage),
    /// An address of the application, with what the server gave it. It was not opened.
    Application(Url),
}

/// An answer that is no redirect.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WebPage {
    /// Its address.
    pub url: Url,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its text. What is not UTF-8 is replaced.
    pub body: String,
}

impl WebPage {
    /// The forms on the page, in their order.
    #[must_use]
    pub fn forms(&self) -> Vec<WebForm> {
        form::read(&self.url, &self.body)
    }
}

/// What is posted.
struct Body {
    kind: &'static str,
    text: Bytes,
}

impl Body {
    fn new(kind: &'static str, text: String) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }
}

/// More redirects and pages in a row than a sign-in ever has.
const STEPS: usize = 20;

impl Browser {
    /// A new browser for an application that the server sends back to at this address, whatever
    /// the query is.
    #[must_use]
    pub fn new(application: Url) -> Self {
        Self {
            application,
            cookies: Cookies::default(),
        }
    }

    /// A browser for the application whose redirect URI stands in an authorization URL.
    ///
    /// # Errors
    /// `InvalidInput` when there is none.
    pub fn for_sign_in(authorization: &Url) -> Result<Self> {
        let mut query = authorization.query_pairs();
        let uri = query.find_map(|(name, value)| (name == "redirect_uri").then_some(value));
        let uri = uri.and_then(|uri| uri.parse().ok()).ok_or_else(|| {
            Error::invalid_input("the authorization URL has no parameter redirect_uri")
        })?;
        Ok(Self::new(uri))
    }

    /// Opens an address and follows redirects.
    ///
    /// # Errors
    /// `InvalidInput` for an address that is not plain HTTP; `Network` when nobody answers;
    /// `Decode` for a redirect that leads nowhere or never ends.
    pub async fn open(&mut self, url: &Url) -> Result<Visit> {
        self.visit(Method::GET, url.clone(), None).await
    }

    /// Sends a form as it is on its page, with these fields set.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn submit(&mut self, form: &WebForm, fields: &[(&str, &str)]) -> Result<Visit> {
        let mut all: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| fields.iter().all(|(set, _)| set != name))
            .collect();
        all.extend(fields);
        let mut url = form.action.clone();
        if form.method == Method::POST {
            return self.post(&url, &all).await;
        }
        // A form that is not posted replaces the query.
        url.query_pairs_mut().clear().extend_pairs(all);
        self.open(&url).await
    }

    /// Posts fields to an address, and follows redirects.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn post(&mut self, url: &Url, fields: &[(&str, &str)]) -> Result<Visit> {
        let text = Serializer::new(String::new()).extend_pairs(fields).finish();
        let body = Body::new("application/x-www-form-urlencoded", text);
        self.visit(Method::POST, url.clone(), Some(body)).await
    }

    /// Posts JSON to an address, as a page's own script does, and follows redirects.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn post_json(&mut self, url: &Url, value: &serde_json::Value) -> Result<Visit> {
        let body = Body::new("application/json", value.to_string());
        self.visit(Method::POST, url.clone(), Some(body)).await
    }

    async fn visit(
        &mut self,
        mut method: Method,
        mut url: Url,
        mut body: Option<Body>,
    ) -> Result<Visit> {
        for _ in 0..STEPS {
            if self.is_application(&url) {
                return Ok(Visit::Application(url));
            }
            let answer = self.send(&method, &url, body.as_ref()).await?;
            let status = answer.status();
            let Some(location) = answer
                .headers()
                .get(LOCATION)
                .filter(|_| status.is_redirection())
            else {
                let (head, body) = answer.into_parts();
                return Ok(Visit::Page(WebPage {
                    url,
                    status,
                    headers: head.headers,
                    body: String::from_utf8_lossy(&body).into_owned(),
                }));
            };
            let target = location.to_str().ok().and_then(|text| url.join(text).ok());
            url = target.ok_or_else(|| {
                Error::new(
                    ErrorKind::Decode,
                    format!("{} redirects to no address", shown(&url)),
                )
            })?;
            if !matches!(status.as_u16(), 307 | 308) {
                (method, body) = (Method::GET, None);
            }
        }
        let text = format!("more than {STEPS} redirects, the last to {}", shown(&url));
        Err(Error::new(ErrorKind::Decode, text))
    }

    fn is_application(&self, url: &Url) -> bool {
        let without = |url: &Url| {
            let mut url = url.clone();
            url.set_query(None);
            url.set_fragment(None);
            url
        };
        without(url) == without(&self.application)
    }

    /// One request over a connection of its own.
    async fn send(
        &mut self,
        method: &Method,
        url: &Url,
        body: Option<&Body>,
    ) -> Result<Response<Bytes>> {
        let not_http = || {
            let text = format!("the browser opens plain HTTP only, and not {}", shown(url));
            Error::invalid_input(text)
        };
        let host = url.host_str().filter(|_| url.scheme() == "http");
        let host = host.ok_or_else(not_http)?;
        let address = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut request = Request::builder().method(method).uri(path);
        let headers = request.headers_mut().ok_or_else(not_http)?;
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| not_http());
        headers.insert(HOST, value(&address)?);
        // Errors come as JSON where a server has both.
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if let Some(cookies) = self.cookies.for_url(url) {
            headers.insert(COOKIE, value(&cookies)?);
        }
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(body.kind));
        }
        let body = Full::new(body.map(|body| body.text.clone()).unwrap_or_default());
        let request = request.body(body).map_err(|_| not_http())?;
        let answer = exchange(&address, request).await.map_err(|error| {
            let text = format!("{} does not answer", shown(url));
            Error::new(ErrorKind::Network, text).with_source(error)
        })?;
        for cookie in answer.headers().get_all(SET_COOKIE) {
            if let Ok(text) = cookie.to_str() {
                self.cookies.set(url, text);
            }
        }
        Ok(answer)
    }
}

async fn exchange(
    address: &str,
    request: Request<Full<Bytes>>,
) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
    let socket = TcpStream::connect(address).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
    // Ends with this call.
    let mut driver = JoinSet::new();
    driver.spawn(async move {
        // What breaks here is seen by who waits for the answer.
        let _ = connection.await;
    });
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}

/// An address for an error: without its query, which may carry codes.
fn shown(url: &Url) -> &str {
    &url[..url::Position::AfterPath]
}
