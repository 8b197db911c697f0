//! A sign-in at a server that this project did not write, by the page on this machine.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};

use integrations::testing::{Browser, Visit, WebPage, counterpart, sign_in_at_oidc_provider};
use serde_json::Value;
use url::Url;

use crate::{program, run, stderr, stdout};

/// Where it is.
pub(crate) fn issuer() -> Option<String> {
    counterpart("oidc-provider", "INTEGRATIONS_TEST_OIDC")
}

/// A folder with a key, a store, and a configuration of a provider.
pub(crate) fn folder(issuer: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text =
        format!("[work]\nprovider = \"oidc\"\nissuer = \"{issuer}\"\nclient_id = \"public-app\"\n");
    crate::configure(&folder, &text);
    let made = run(folder.path(), &["credentials", "init"]);
    assert!(made.status.success(), "{}", stderr(&made));
    folder
}

/// A command that waits for the browser, and where that goes.
pub(crate) struct Waiting {
    child: Child,
    rest: BufReader<std::process::ChildStderr>,
    pub(crate) url: Url,
}

impl Waiting {
    pub(crate) fn start(folder: &Path, more: &[&str]) -> Self {
        let args = [&["connect", "work", "--json", "--timeout", "60"], more].concat();
        let mut child = program(folder)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut rest = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        rest.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        let url = told["authorization_url"]
            .as_str()
            .unwrap_or_else(|| panic!("{line}"));
        Self {
            child,
            rest,
            url: url.parse().unwrap(),
        }
    }

    /// How it ended: its code, and what it printed.
    pub(crate) fn end(mut self) -> (Option<i32>, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut out)
            .unwrap();
        self.rest.read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap().code(), out, err)
    }
}

/// Opens an address of the page on this machine.
async fn open(url: &Url) -> WebPage {
    // A browser that knows no application shows every page.
    let mut browser = Browser::new("https://nowhere.example/".parse().unwrap());
    match browser.open(url).await.unwrap() {
        Visit::Page(page) => page,
        Visit::Application(url) => panic!("{url}"),
    }
}

#[tokio::test]
async fn somebody_connects_and_the_connection_is_renewed_and_ended() {
    let Some(issuer) = issuer() else {
        return;
    };
    let folder = folder(&issuer);
    let waiting = Waiting::start(folder.path(), &[]);
    assert!(waiting.url.as_str().starts_with(&issuer), "{}", waiting.url);
    let back = sign_in_at_oidc_provider(&waiting.url, "ada").await.unwrap();
    assert_eq!(back.host_str(), Some("127.0.0.1"));
    // Who knows the port and not the state is not let through, and does no harm.
    let mut stranger = back.clone();
    stranger.set_query(Some("code=stolen&state=another-state-0000"));
    assert_eq!(open(&stranger).await.status, 400);
    let page = open(&back).await;
    assert!(
        page.status.is_success() && page.body.contains("Signed in"),
        "{}",
        page.body
    );
    let (code, out, err) = waiting.end();
    assert_eq!(code, Some(0), "{err}");
    let connected: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(connected["id"], "work:ada");
    assert_eq!(connected["email"], "ada@people.example");
    assert_eq!(connected["renewable"], true);

    let list = stdout(&run(folder.path(), &["connections", "list"]));
    assert!(
        list.contains("work:ada") && list.contains("active"),
        "{list}"
    );
    let before = show(folder.path());
    assert_eq!(before["subject"], format!("{issuer}#ada"));
    let renewed = run(folder.path(), &["connections", "refresh", "work:ada"]);
    assert!(renewed.status.success(), "{}", stderr(&renewed));
    assert!(show(folder.path())["obtained_at"] != before["obtained_at"]);
    let ended = run(folder.path(), &["connections", "revoke", "work:ada"]);
    assert!(
        stdout(&ended).contains("ended at the provider"),
        "{}",
        stderr(&ended)
    );
    let gone = run(folder.path(), &["connections", "show", "work:ada"]);
    assert_eq!(gone.status.code(), Some(2));
}

fn show(folder: &Path) -> Value {
    let shown = run(folder, &["connections", "show", "work:ada", "--json"]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    serde_json::from_str(&stdout(&shown)).unwrap()
}

#[tokio::test]
async fn a_no_is_told_to_both_and_nothing_is_kept() {
    let Some(issuer) = issuer() else {
        return;
    };
    let folder = folder(&issuer);
    let waiting = Waiting::start(folder.path(), &[]);
    let state = waiting
        .url
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let redirect = waiting
        .url
        .query_pairs()
        .find(|(name, _)| name == "redirect_uri")
        .unwrap()
        .1;
    let mut back: Url = redirect.parse().unwrap();
    back.query_pairs_mut()
        .append_pair("error", "access_denied")
        .append_pair("state", &state)
        .append_pair("iss", &issuer);
    let page = open(&back).await;
    assert!(page.body.contains("access_denied"), "{}", page.body);
    let (code, out, err) = waiting.end();
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("permission_denied"), "{err}");
    let list = stdout(&run(folder.path(), &["connections", "list", "--json"]));
    assert_eq!(list.trim(), "[]");
}

#[tokio::test]
async fn another_account_does_not_take_a_connections_place() {
    let Some(issuer) = issuer() else {
        return;
    };
    let folder = folder(&issuer);
    let sign_in = async |user: &str| {
        let waiting = Waiting::start(folder.path(), &["--id", "calendar"]);
        let back = sign_in_at_oidc_provider(&waiting.url, user).await.unwrap();
        open(&back).await;
        waiting.end()
    };
    assert_eq!(sign_in("ada").await.0, Some(0));
    let (code, _, err) = sign_in("grace").await;
    assert_eq!(code, Some(1));
    assert!(err.contains("already_exists"), "{err}");
    assert_eq!(
        sign_in("ada").await.0,
        Some(0),
        "the same account may connect again"
    );
}

#[test]
fn a_provider_that_is_not_there_is_found_out_before_the_browser_goes() {
    let folder = folder("http://127.0.0.1:9");
    let refused = run(folder.path(), &["connect", "work", "--timeout", "5"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("no connection"),
        "{}",
        stderr(&refused)
    );
    assert!(stdout(&refused).is_empty());
    let unknown = run(folder.path(), &["connect", "nobody"]);
    assert_eq!(unknown.status.code(), Some(2));
}
