//! What runs over what is configured, and what does not.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use integrations::auth::SignIn;
use integrations::email::{
    EmailCapabilities, EmailMessage, EmailProvider, Mailer, SendOptions, SendReport,
};
use integrations::local::auth::LocalSignIn;
use integrations::local::storage::LocalStorage;
use integrations::money::Currency;
use integrations::payment::{
    ContinuePayment, CreatePayment, CurrencyRule, Payment, PaymentCapabilities, PaymentId,
    PaymentProvider, Payments, Refund, RefundId, RefundPayment,
};
use integrations::registry::Instance;
use integrations::storage::Storage;
use integrations::{Category, Health, Integration, Status, async_trait};
use integrations_conformance::Outcome;

use super::*;

/// Answers one request with its own first line, and 403.
fn echo() -> (String, std::thread::JoinHandle<String>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let served = std::thread::spawn(move || {
        let (mut line, _) = listener.accept().unwrap();
        let mut seen = String::new();
        while !seen.ends_with("the body") {
            let mut bytes = [0; 1024];
            let count = line.read(&mut bytes).unwrap();
            seen.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
        let answer = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno";
        line.write_all(answer).unwrap();
        seen
    });
    (address, served)
}

#[tokio::test]
async fn a_presigned_request_is_sent_as_it_is() {
    let (address, served) = echo();
    let url = format!("http://{address}/bucket/a%20b?X-Amz-Signature=1");
    let mut presigned = integrations::storage::PresignedRequest::new(
        "PUT".parse().unwrap(),
        url.parse().unwrap(),
        jiff::Timestamp::now(),
    );
    presigned
        .headers
        .insert("content-type", "text/csv".parse().unwrap());
    let redeem = redeem().unwrap();
    let (status, body) = redeem(presigned.clone(), "the body".into()).await.unwrap();
    assert_eq!((status, &body[..]), (403, &b"no"[..]));
    let seen = served.join().unwrap();
    assert!(
        seen.starts_with("PUT /bucket/a%20b?X-Amz-Signature=1 HTTP/1.1"),
        "{seen}"
    );
    assert!(seen.contains("content-type: text/csv"), "{seen}");
    // That nobody is there is no refusal.
    redeem(presigned, "the body".into()).await.unwrap_err();
}

/// The list is what passes where no browser is, and all of that.
#[tokio::test]
async fn what_needs_a_browser_is_known() {
    let provider = LocalSignIn::in_memory().unwrap();
    let callback = local::callback().unwrap();
    let provider = provider.with_redirect_uri(callback.as_str());
    let make = || {
        let sign_in = SignIn::new(provider.clone());
        let harness = auth::Harness::new(sign_in, callback.clone(), no_browser());
        let counted = provider.clone();
        let harness = harness.with_requests(move || counted.requests());
        async move { harness.with_verified_email("ada@example.com") }
    };
    let report = run_suite(&auth::suite(), "local", make, &Options::default()).await;
    let passed = report
        .behaviours
        .iter()
        .filter(|row| matches!(row.outcome, integrations_conformance::Outcome::Passed));
    let passed: BTreeSet<&str> = passed.map(|row| row.name).collect();
    assert_eq!(passed, BTreeSet::from(WITHOUT_A_BROWSER));
}

/// A provider of somebody's own with real customers, which writes down what is asked of it.
#[derive(Debug, Clone)]
struct Live {
    descriptor: Descriptor,
    payments: PaymentCapabilities,
    mail: EmailCapabilities,
    calls: Arc<AtomicU64>,
    mailed: Arc<Mutex<Vec<String>>>,
}

impl Live {
    fn new(category: Category) -> Self {
        Self {
            descriptor: Descriptor::new("till", category, "acme"),
            payments: PaymentCapabilities::new(),
            mail: EmailCapabilities::new(),
            calls: Arc::default(),
            mailed: Arc::default(),
        }
    }

    fn in_a_sandbox(mut self) -> Self {
        self.descriptor = self.descriptor.with_sandbox(true);
        self
    }

    /// It is called, and does nothing more.
    fn called<T>(&self) -> Done<T> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Err(Error::new(ErrorKind::Unavailable, "closed"))
    }

    fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Integration for Live {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }
    async fn connect(&self) -> Done<()> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
    async fn check_health(&self) -> Health {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Health::healthy(Duration::ZERO)
    }
    fn status(&self) -> Status {
        Status::disconnected()
    }
}

#[async_trait]
impl PaymentProvider for Live {
    fn capabilities(&self) -> &PaymentCapabilities {
        &self.payments
    }
    fn currency_rule(&self, currency: Currency) -> Option<CurrencyRule> {
        Some(CurrencyRule::iso(currency))
    }
    async fn create_payment(&self, _: &CreatePayment) -> Done<Payment> {
        self.called()
    }
    async fn get_payment(&self, _: &PaymentId) -> Done<Payment> {
        self.called()
    }
    async fn continue_payment(&self, _: &ContinuePayment) -> Done<Payment> {
        self.called()
    }
    async fn refund(&self, _: &RefundPayment) -> Done<Refund> {
        self.called()
    }
    async fn get_refund(&self, _: &RefundId) -> Done<Refund> {
        self.called()
    }
}

#[async_trait]
impl EmailProvider for Live {
    fn capabilities(&self) -> &EmailCapabilities {
        &self.mail
    }
    async fn send(&self, message: &EmailMessage, _: &SendOptions) -> Done<SendReport> {
        let all = message.to.iter().chain(&message.cc).chain(&message.bcc);
        let all = all.map(|to| to.address().as_str().to_owned());
        self.mailed.lock().unwrap().extend(all);
        self.called()
    }
}

/// A manager of this integration and no other.
async fn manager(instance: impl Into<Instance>) -> Manager {
    let manager = Manager::builder().build().await.unwrap();
    manager.registry().insert(instance.into());
    manager
}

fn args(provider: &str) -> Args {
    Args {
        provider: provider.to_owned(),
        category: None,
        instrument: None,
        email_domain: None,
        email_from: None,
        redirect_uri: None,
        parallel: 8,
    }
}

async fn refused(manager: &Manager, args: &Args) -> Failure {
    let ran = over(manager, args, Options::default(), None).await;
    let failure = ran.unwrap_err();
    assert_eq!(failure.code, 2, "{}", failure.line);
    assert_eq!(failure.kind, Some(ErrorKind::InvalidInput));
    assert_eq!(failure.line.lines().count(), 1, "{}", failure.line);
    failure
}

#[tokio::test]
async fn payments_outside_a_sandbox_are_refused_before_anybody_is_called() {
    let live = Live::new(Category::PAYMENT);
    let manager = manager(Payments::new(live.clone())).await;
    let mut args = args("till");
    for instrument in [None, Some("tok_of_a_real_card".to_owned())] {
        args.instrument = instrument;
        let line = refused(&manager, &args).await.line;
        assert!(
            line.starts_with("till does not say that it is a sandbox"),
            "{line}"
        );
    }
    assert_eq!(live.calls(), 0);
}

#[tokio::test]
async fn payments_in_a_sandbox_need_a_card_that_pays_and_are_made_then() {
    let live = Live::new(Category::PAYMENT).in_a_sandbox();
    let manager = manager(Payments::new(live.clone())).await;
    let mut args = args("till");
    let line = refused(&manager, &args).await.line;
    assert!(line.contains("--instrument"), "{line}");
    assert_eq!(live.calls(), 0);
    args.instrument = Some("tok_visa".to_owned());
    let ran = over(&manager, &args, Options::default(), None).await;
    assert!(!ran.unwrap().0.is_green(), "it answers nothing");
    assert!(live.calls() > 0);
}

#[tokio::test]
async fn real_mail_is_refused_before_anybody_is_called() {
    let live = Live::new(Category::EMAIL);
    let manager = manager(Mailer::new(live.clone())).await;
    let line = refused(&manager, &args("till")).await.line;
    assert!(
        line.starts_with("till does not say that it is a sandbox"),
        "{line}"
    );
    assert!(line.contains("--email-domain"), "{line}");
    assert_eq!(live.calls(), 0);
}

#[tokio::test]
async fn mail_to_a_domain_that_was_named_goes_nowhere_else() {
    let live = Live::new(Category::EMAIL);
    let manager = manager(Mailer::new(live.clone())).await;
    let mut args = args("till");
    args.email_domain = Some("nobody.example".to_owned());
    // Nobody waits for what a service that answers nothing counts.
    let mut options = Options::default();
    options.concurrency = 64;
    over(&manager, &args, options, None).await.unwrap();
    let mailed = live.mailed.lock().unwrap();
    assert!(mailed.len() > 3, "{mailed:?}");
    for to in mailed.iter() {
        assert!(to.ends_with("@nobody.example"), "{to}");
    }
}

#[tokio::test]
async fn without_a_count_the_report_says_what_is_not_known() {
    let store = LocalStorage::in_memory().with_name("store");
    let manager = manager(Storage::new(store)).await;
    let ran = over(&manager, &args("store"), Options::default(), None).await;
    let report = ran.unwrap().0;
    assert!(report.is_green(), "{report}");
    let why = "it needs the hook `requests`, which is missing here".to_owned();
    for name in [
        "refusing_what_is_not_declared_sends_nothing",
        "refusing_wrong_input_sends_nothing",
    ] {
        let row = report.behaviours.iter().find(|row| row.name == name);
        assert_eq!(
            row.unwrap().outcome,
            Outcome::Skipped(why.clone()),
            "{name}"
        );
    }
}
