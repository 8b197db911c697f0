//! What most applications hold: configuration and the integrations made from it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use integrations_core::config::{Entry, Field, Layers, Problems, Settings, Surveyed};
use integrations_core::registry::{Instance, Registry};
use integrations_core::{Category, Error, ErrorKind, Result};

use crate::builder::add_problems;
use crate::{Builder, StatusReport};

/// One integration, as [`Manager::survey`] found it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Survey {
    /// Its name.
    pub name: String,
    /// The provider that makes it.
    pub provider: String,
    /// Whether anything of it is configured.
    pub configured: bool,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Its fields. None where nobody knows the provider.
    pub fields: Vec<Surveyed>,
}

/// The integrations of an application, by name.
///
/// It is made once from the file and the environment, and shared by reference. Ask it for a handle
/// when you need one: after an [`update`](Self::update) the next handle is the new one, while calls
/// that are under way finish on the old one.
#[derive(Debug)]
pub struct Manager {
    registry: Registry,
    layers: RwLock<Layers>,
}

impl Manager {
    /// A manager of nothing yet.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The usual manager: the file that `$INTEGRATIONS_CONFIG` names, or `integrations.toml` in
    /// the working directory where there is one, and the environment.
    ///
    /// # Errors
    /// One `Config` error that names everything missing or wrong.
    pub async fn from_env() -> Result<Self> {
        Self::load(None).await
    }

    /// As [`from_env`](Self::from_env), with a file that is named.
    ///
    /// # Errors
    /// One `Config` error that names everything missing or wrong.
    pub async fn load(file: Option<&Path>) -> Result<Self> {
        Self::builder().usual(file)?.build().await
    }

    pub(crate) fn new(registry: Registry, layers: Layers) -> Self {
        Self {
            registry,
            layers: RwLock::new(layers),
        }
    }

    /// The registry beneath, for lookups by custom traits.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) fn layers(&self) -> Layers {
        self.layers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Everything that is configured, switched off or not.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let fields = self.registry.fields();
        let known: BTreeMap<&str, &'static [Field]> = fields
            .iter()
            .map(|(name, fields)| (name.as_str(), *fields))
            .collect();
        self.layers().entries(&known)
    }

    /// Whether everything that is configured and switched on could be made, as far as that can be
    /// said without making it. No I/O.
    ///
    /// # Errors
    /// One `Config` error that names everything missing or wrong.
    pub fn check(&self) -> Result<()> {
        let mut entries = self.entries();
        entries.retain(|entry| entry.enabled);
        self.check_entries(&entries)
    }

    pub(crate) fn check_entries(&self, entries: &[Entry]) -> Result<()> {
        let layers = self.layers();
        let mut problems = Vec::new();
        for entry in entries {
            let checked = self.registry.check(&entry.name, &entry.provider, &layers);
            if let Err(error) = checked {
                add_problems(&mut problems, &entry.name, &error);
            }
        }
        Problems(problems).into_result()
    }

    /// What is configured under a name and switched on.
    ///
    /// # Errors
    /// `NotFound`; the message lists the names that there are, or says that it is switched off.
    pub(crate) fn enabled(&self, name: &str) -> Result<Entry> {
        let entries = self.entries();
        match entries.iter().find(|entry| entry.name == name) {
            Some(entry) if entry.enabled => Ok(entry.clone()),
            Some(_) => Err(switched_off(name)),
            None => {
                let known: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
                let known = match known.is_empty() {
                    true => "nothing is configured".to_owned(),
                    false => format!("there are: {}", known.join(", ")),
                };
                let text = format!("no integration is called {name:?}; {known}");
                Err(Error::new(ErrorKind::NotFound, text)
                    .with_advice("configure it, or use one of those names"))
            }
        }
    }

    /// The registry's error, or that the integration is there and switched off.
    fn explain(&self, name: &str, error: Error) -> Error {
        let off = |entry: &Entry| entry.name == name && !entry.enabled;
        match error.kind() == ErrorKind::NotFound && self.entries().iter().any(off) {
            true => switched_off(name),
            false => error,
        }
    }

    /// The settings of one integration, for people: secrets are hidden.
    ///
    /// # Errors
    /// `Config` when they are not complete, or the provider is not known.
    pub fn settings(&self, name: &str) -> Result<Settings> {
        let provider = self.provider_of(name);
        let factory = self.registry.factory(&provider)?;
        self.layers().resolve(name, factory.fields())
    }

    /// Every integration and every field of it: what is set and where, what is missing, what is
    /// wrong; and after them the providers that are not configured. Values are not told. No I/O.
    #[must_use]
    pub fn survey(&self) -> Vec<Survey> {
        let (layers, entries) = (self.layers(), self.entries());
        let fields = |provider: &str| self.registry.factory(provider).map(|one| one.fields());
        let mut all: Vec<Survey> = entries
            .iter()
            .map(|entry| Survey {
                name: entry.name.clone(),
                provider: entry.provider.clone(),
                configured: true,
                enabled: entry.enabled,
                fields: layers.survey(&entry.name, fields(&entry.provider).unwrap_or_default()),
            })
            .collect();
        for factory in self.registry.factories() {
            let name = factory.name();
            if !entries.iter().any(|entry| entry.provider == name) {
                all.push(Survey {
                    name: name.to_owned(),
                    provider: name.to_owned(),
                    configured: false,
                    enabled: false,
                    fields: layers.survey(name, factory.fields()),
                });
            }
        }
        all
    }

    fn provider_of(&self, name: &str) -> String {
        let entry = self.entries().into_iter().find(|entry| entry.name == name);
        entry.map_or_else(|| name.to_owned(), |entry| entry.provider)
    }

    /// The names of the integrations that are switched on.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.registry.names()
    }

    /// The names of the integrations in a category.
    #[must_use]
    pub fn names_in(&self, category: &Category) -> Vec<String> {
        self.registry.names_in(category)
    }

    /// Changes values of one integration while the application runs, all or none: the new instance
    /// is made first and then takes the old one's place. Calls under way finish on the old one.
    ///
    /// # Errors
    /// `Config` when the new values do not work; the old instance and values stay then.
    pub async fn update<'a>(
        &self,
        name: &str,
        values: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<()> {
        let values: Vec<(&str, &str)> = values.into_iter().collect();
        let mut layers = self.layers();
        for (field, value) in &values {
            layers.set(name, field, *value);
        }
        let fields = self.registry.fields();
        let known = fields
            .iter()
            .map(|(name, fields)| (name.as_str(), *fields))
            .collect();
        let entry = layers
            .entries(&known)
            .into_iter()
            .find(|entry| entry.name == name);
        match entry {
            Some(entry) if entry.enabled => {
                self.registry.create(name, &entry.provider, &layers).await?;
            }
            _ => {
                self.registry.remove(name);
            }
        }
        // Set once more on what is there now: another update may have ended meanwhile.
        let mut current = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        for (field, value) in values {
            current.set(name, field, value);
        }
        Ok(())
    }

    /// Connects every integration, and says how each went.
    pub async fn connect_all(&self) -> BTreeMap<String, Result<()>> {
        let mut outcomes = BTreeMap::new();
        for name in self.names() {
            let outcome = match self.registry.instance(&name) {
                Ok(instance) => instance.integration().connect().await,
                Err(error) => Err(error),
            };
            if let Err(error) = &outcome {
                tracing::warn!(target: "integrations", integration = %name, %error, "not connected");
            }
            outcomes.insert(name, outcome);
        }
        outcomes
    }

    /// The status of everything that is configured. No I/O.
    #[must_use]
    pub fn status(&self) -> Vec<StatusReport> {
        let mut reports = Vec::new();
        for entry in self.entries() {
            let factory = self.registry.factory(&entry.provider).ok();
            let instance = self.registry.instance(&entry.name).ok();
            let mut report = match &instance {
                Some(instance) => StatusReport::of(&entry.name, instance),
                None => {
                    let category = factory.as_ref().map(|factory| factory.category().clone());
                    StatusReport::without(&entry, category.unwrap_or(Category::custom("unknown")))
                }
            };
            // The factory's word counts also for instances, so that it is the same one whether the
            // integration is switched on or off.
            if let Some(vendor) = factory.as_ref().and_then(|factory| factory.vendor()) {
                vendor.clone_into(&mut report.provider);
            }
            reports.push(report);
        }
        // Instances that the application put in itself are in no layer.
        for name in self.names() {
            if !reports.iter().any(|report| report.name == name)
                && let Ok(instance) = self.registry.instance(&name)
            {
                reports.push(StatusReport::of(&name, &instance));
            }
        }
        reports
    }

    /// The instance with a name.
    ///
    /// # Errors
    /// `NotFound`; the message lists the names that there are, or says that it is switched off.
    pub fn instance(&self, name: &str) -> Result<Instance> {
        let found = self.registry.instance(name);
        found.map_err(|error| self.explain(name, error))
    }

    /// An integration by the trait of a category of your own.
    ///
    /// # Errors
    /// `NotFound`, or `Config` when it is of another category.
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self, name: &str) -> Result<Arc<T>> {
        let found = self.registry.get(name);
        found.map_err(|error| self.explain(name, error))
    }
}

fn switched_off(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("{name:?} is switched off"))
        .with_advice(format!("set `enabled = true` under [{name}]"))
}

macro_rules! lookups {
    ($($feature:literal $method:ident -> $module:ident::$handle:ident;)+) => {$(
        #[cfg(feature = $feature)]
        impl Manager {
            #[doc = concat!("The [`", stringify!($handle), "`] with a name.")]
            ///
            /// # Errors
            /// `NotFound`, or `Config` when the integration is of another category.
            ///
            #[doc = concat!("[`", stringify!($handle), "`]: crate::", stringify!($module), "::", stringify!($handle))]
            pub fn $method(&self, name: &str) -> Result<crate::$module::$handle> {
                let found = self.registry.$method(name);
                found.map_err(|error| self.explain(name, error))
            }
        }
    )+};
}

lookups! {
    "_calendar" calendar -> calendar::Calendar;
    "_payment" payments -> payment::Payments;
    "_video" meetings -> video::Meetings;
    "_email" mailer -> email::Mailer;
    "_storage" storage -> storage::Storage;
    "_auth" sign_in -> auth::SignIn;
}
