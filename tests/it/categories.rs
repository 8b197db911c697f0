//! A category and a provider of an application's own, beside the built-in ones.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use integrations::config::{Field, Settings};
use integrations::registry::{Factory, Instance};
use integrations::{
    Category, ConnectionState, Descriptor, Error, ErrorKind, Health, Integration, Manager, Result,
    Status, async_trait,
};
use serde::Deserialize;

/// What providers of short messages do.
#[async_trait]
trait SmsProvider: Integration {
    async fn send_sms(&self, to: &str, text: &str) -> Result<usize>;
}

/// A provider of them, who counts.
#[derive(Debug)]
struct Acme {
    descriptor: Descriptor,
    sender: String,
    sent: Mutex<Vec<String>>,
}

#[derive(Deserialize)]
struct Config {
    sender: String,
    token: integrations::SecretString,
}

const FIELDS: &[Field] = &[
    Field::text("sender", "Who it is from.")
        .env(&["ACME_SENDER"])
        .required(),
    Field::secret("token", "The access token.")
        .env(&["ACME_TOKEN"])
        .required(),
];

#[async_trait]
impl Integration for Acme {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }
    async fn connect(&self) -> Result<()> {
        Ok(())
    }
    async fn check_health(&self) -> Health {
        Health::healthy(Duration::ZERO)
    }
    fn status(&self) -> Status {
        Status::new(ConnectionState::Connected, None)
    }
}

#[async_trait]
impl SmsProvider for Acme {
    async fn send_sms(&self, to: &str, text: &str) -> Result<usize> {
        if to.is_empty() {
            return Err(Error::invalid_input("there is nobody to send to"));
        }
        let mut sent = self.sent.lock().unwrap();
        sent.push(format!("{} to {to}: {text}", self.sender));
        Ok(sent.len())
    }
}

fn sms() -> Category {
    Category::custom("sms")
}

async fn build(settings: Settings) -> Result<Instance> {
    let config: Config = settings.read()?;
    integrations::ExposeSecret::expose_secret(&config.token);
    let acme = Arc::new(Acme {
        descriptor: Descriptor::new("acme_sms", sms(), "acme")
            .with_name(settings.name().to_owned()),
        sender: config.sender,
        sent: Mutex::default(),
    });
    Ok(Instance::custom::<dyn SmsProvider>(acme.clone(), acme))
}

/// A manager that knows the built-in providers and this one.
async fn manager(text: &str, environment: &[(&str, &str)]) -> Result<Manager> {
    let registry = integrations::registry();
    let factory = Factory::new("acme_sms", sms(), "Short messages.", FIELDS, build);
    registry.register(factory.with_vendor("acme"));
    let builder = Manager::builder()
        .registry(registry)
        .toml("app.toml", text)?;
    builder.env(environment.iter().copied()).build().await
}

const BOTH: &str = "
    [local_storage]
    [acme_sms]
    [alarms]
    provider = 'acme_sms'
    sender = 'Alarms'
    token = 'hush-hush'
";
const ENVIRONMENT: &[(&str, &str)] = &[("ACME_SENDER", "Acme"), ("ACME_TOKEN", "hush")];

#[tokio::test]
async fn it_is_configured_listed_and_looked_up_like_the_others() {
    let manager = manager(BOTH, ENVIRONMENT).await.unwrap();
    assert_eq!(manager.names(), ["acme_sms", "alarms", "local_storage"]);
    assert_eq!(manager.names_in(&sms()), ["acme_sms", "alarms"]);
    assert_eq!(manager.names_in(&Category::STORAGE), ["local_storage"]);

    let acme = manager.get::<dyn SmsProvider>("acme_sms").unwrap();
    let alarms = manager.get::<dyn SmsProvider>("alarms").unwrap();
    assert_eq!(acme.send_sms("+49 30 1", "hello").await.unwrap(), 1);
    assert_eq!(alarms.send_sms("+49 30 1", "fire").await.unwrap(), 1);
    // The same instance at every look-up.
    let again = manager.get::<dyn SmsProvider>("acme_sms").unwrap();
    assert_eq!(again.send_sms("+49 30 1", "bye").await.unwrap(), 2);
}

#[tokio::test]
async fn it_is_connected_and_has_a_status_like_the_others() {
    let manager = manager(BOTH, ENVIRONMENT).await.unwrap();
    let outcomes = manager.connect_all().await;
    assert!(
        outcomes.len() == 3 && outcomes.values().all(Result::is_ok),
        "{outcomes:?}"
    );
    let status = serde_json::to_value(manager.status()).unwrap();
    assert_eq!(status[0]["type"], "sms");
    assert_eq!(status[0]["provider"], "acme");
    assert_eq!(status[0]["status"], "connected");
    // The factory's category is also that of one that is switched off.
    manager
        .update("alarms", [("enabled", "false")])
        .await
        .unwrap();
    let status = serde_json::to_value(manager.status()).unwrap();
    assert_eq!(status[1]["type"], "sms");
    assert_eq!(status[1]["provider"], "acme");
    assert_eq!(status[1]["enabled"], false);
}

#[tokio::test]
async fn looked_up_as_another_category_it_says_what_it_is() {
    let manager = manager(BOTH, ENVIRONMENT).await.unwrap();
    let error = manager.storage("acme_sms").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("of the category sms"), "{error}");
    let error = manager.get::<dyn SmsProvider>("local_storage").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let error = manager.get::<dyn SmsProvider>("nobody").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("acme_sms, alarms"), "{error}");
}

#[tokio::test]
async fn what_is_missing_of_it_is_said_with_what_is_missing_of_the_others() {
    let text = "[acme_sms]\n[s3]\n";
    let error = manager(text, &[("ACME_SENDER", "Acme")]).await.unwrap_err();
    let line = error.to_string();
    assert!(
        line.contains("acme_sms.token: missing; set $ACME_TOKEN"),
        "{line}"
    );
    assert!(line.contains("s3.bucket: missing"), "{line}");
    assert!(!line.contains("acme_sms.sender"), "{line}");
}
