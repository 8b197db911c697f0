//! A real browser: Chromium signs in at a certified provider, and lands on the page of the command
//! line. It is driven by WebDriver (https://www.w3.org/TR/webdriver2/), over plain HTTP.

use std::path::Path;
use std::time::Duration;

use http::Method;
use integrations::http::{Body, HttpTransport, Transport, TransportConfig};
use integrations::testing::counterpart;
use serde_json::{Value, json};

use crate::connect::{Waiting, folder, issuer};

/// The name of an element's id (section 11.2 there).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A window.
struct Chromium {
    transport: HttpTransport,
    session: String,
}

impl Chromium {
    /// A browser with a profile of its own, where there is one.
    async fn open(profile: &Path) -> Option<Self> {
        let driver = counterpart("chromedriver", "INTEGRATIONS_TEST_WEBDRIVER")?;
        let mut this = Self {
            transport: HttpTransport::new(TransportConfig::new()).unwrap(),
            session: format!("{driver}/session"),
        };
        let profile = format!("--user-data-dir={}", profile.display());
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", profile,
        ]}}}});
        let made = this.ask(Method::POST, "", &wanted).await;
        this.session = format!("{driver}/session/{}", made["sessionId"].as_str().unwrap());
        Some(this)
    }

    /// Asks the driver, and gives the value of its answer.
    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let body = match method {
            Method::POST => Body::json(body).unwrap(),
            _ => Body::empty(),
        };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.session))
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let answer = self.transport.send(request).await.unwrap();
        let (status, text) = (answer.status(), answer.bytes().await.unwrap());
        let answer: Value = serde_json::from_slice(&text).unwrap();
        assert!(status.is_success(), "{path}: {answer}");
        answer["value"].clone()
    }

    /// Waits until the page has an element, and gives it.
    async fn find(&self, css: &str) -> String {
        for _ in 0..600 {
            let query = json!({ "using": "css selector", "value": css });
            let found = self.ask(Method::POST, "/elements", &query).await;
            if let Some(id) = found[0][ELEMENT].as_str() {
                return id.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let source = self.ask(Method::GET, "/source", &Value::Null).await;
        panic!("there is no {css} on the page: {source}");
    }

    async fn type_into(&self, css: &str, text: &str) {
        let element = self.find(css).await;
        let keys = json!({ "text": text });
        self.ask(Method::POST, &format!("/element/{element}/value"), &keys)
            .await;
    }

    async fn click(&self, css: &str) {
        let element = self.find(css).await;
        self.ask(
            Method::POST,
            &format!("/element/{element}/click"),
            &json!({}),
        )
        .await;
    }

    async fn close(self) {
        self.ask(Method::DELETE, "", &Value::Null).await;
    }
}

#[tokio::test]
async fn chromium_signs_in_and_lands_on_the_page_of_the_command_line() {
    let (Some(issuer), profile) = (issuer(), tempfile::tempdir().unwrap()) else {
        return;
    };
    let Some(chromium) = Chromium::open(profile.path()).await else {
        return;
    };
    let folder = folder(&issuer);
    let waiting = Waiting::start(folder.path(), &[]);
    chromium
        .ask(Method::POST, "/url", &json!({ "url": waiting.url }))
        .await;
    chromium.type_into("input[name=login]", "grace").await;
    chromium.type_into("input[name=password]", "x").await;
    chromium.click("button[type=submit]").await;
    chromium.find("input[name=prompt][value=consent]").await;
    chromium.click("button[type=submit]").await;
    chromium.find("body > h1 + p").await;
    let title = chromium.ask(Method::GET, "/title", &Value::Null).await;
    let page = chromium.ask(Method::GET, "/source", &Value::Null).await;
    let page = page.as_str().unwrap();
    chromium.close().await;
    assert_eq!(title, "Signed in", "{page}");
    assert!(page.contains("is connected as work:grace"), "{page}");
    let (code, out, err) = waiting.end();
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("\"work:grace\""), "{out}");
}
