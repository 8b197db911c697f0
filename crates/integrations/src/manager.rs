//! What most applications hold: configuration and the integrations made from it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use integrations_core::auth::SignIn;
use integrations_core::calendar::Calendar;
use integrations_core::config::{Entry, Field, Layers, Problem, ProblemKind, Problems, Settings};
use integrations_core::email::Mailer;
use integrations_core::payment::Payments;
use integrations_core::registry::{Instance, Registry};
use integrations_core::storage::Storage;
use integrations_core::video::Meetings;
use integrations_core::{Category, Result};
use std::sync::Arc;

use crate::StatusReport;

/// The file that is read when no other is named.
const DEFAULT_FILE: &str = "integrations.toml";

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

/// Collects what a [`Manager`] is made from.
#[derive(Debug, Default)]
pub struct Builder {
    registry: Option<Registry>,
    layers: Layers,
}

impl Builder {
    /// Uses a registry of your own, for example one with in-house providers. Without it every
    /// provider whose feature is on is known.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Reads a configuration file.
    ///
    /// # Errors
    /// `Config` when it cannot be read or is not valid.
    pub fn file(mut self, path: impl AsRef<Path>) -> Result<Self> {
        self.layers = self.layers.with_file(path)?;
        Ok(self)
    }

    /// Takes the configuration file's text; `name` is what messages call it.
    ///
    /// # Errors
    /// `Config` when it is not valid.
    pub fn toml(mut self, name: &str, text: &str) -> Result<Self> {
        self.layers = self.layers.with_toml(name, text)?;
        Ok(self)
    }

    /// Takes variables, usually `std::env::vars()`.
    #[must_use]
    pub fn env<K: Into<String>, V: Into<String>>(
        mut self,
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.layers = self.layers.with_env(vars);
        self
    }

    /// Makes every enabled integration. Nothing is called yet: [`Manager::connect_all`] does.
    ///
    /// # Errors
    /// One `Config` error that names everything missing or wrong, of all integrations.
    pub async fn build(self) -> Result<Manager> {
        let registry = self.registry.unwrap_or_else(crate::registry);
        let manager = Manager {
            registry,
            layers: RwLock::new(self.layers),
        };
        let mut problems = Vec::new();
        let layers = manager.layers();
        for entry in manager.entries().into_iter().filter(|entry| entry.enabled) {
            if let Err(error) = manager
                .registry
                .create(&entry.name, &entry.provider, &layers)
                .await
            {
                match error.detail::<Problems>() {
                    Some(found) => problems.extend(found.0.iter().cloned()),
                    None => problems.push(Problem::of_table(
                        &entry.name,
                        ProblemKind::Invalid,
                        error.message().to_owned(),
                    )),
                }
            }
        }
        Problems(problems).into_result()?;
        Ok(manager)
    }
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
        let named = file.map(Path::to_path_buf).or_else(|| {
            std::env::var_os("INTEGRATIONS_CONFIG")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
        });
        let default = Path::new(DEFAULT_FILE);
        let mut builder = Self::builder();
        if let Some(path) = named
            .as_deref()
            .or_else(|| default.exists().then_some(default))
        {
            builder = builder.file(path)?;
        }
        // Variables that are not Unicode cannot be ours.
        let vars = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        builder.env(vars).build().await
    }

    /// The registry beneath, for lookups by custom traits.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    fn layers(&self) -> Layers {
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

    /// The settings of one integration, for people: secrets are hidden.
    ///
    /// # Errors
    /// `Config` when they are not complete, or the provider is not known.
    pub fn settings(&self, name: &str) -> Result<Settings> {
        let provider = self.provider_of(name);
        let factory = self.registry.factory(&provider)?;
        self.layers().resolve(name, factory.fields())
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
            if let Ok(instance) = self.registry.instance(&entry.name) {
                let integration = instance.integration();
                let descriptor = integration.descriptor();
                reports.push(StatusReport::new(
                    &entry.name,
                    descriptor,
                    integration.status(),
                ));
            } else {
                let factory = self.registry.factory(&entry.provider);
                let category = factory.map_or(Category::custom("unknown"), |factory| {
                    factory.category().clone()
                });
                reports.push(StatusReport::disabled(
                    &entry.name,
                    category,
                    &entry.provider,
                ));
            }
        }
        // Instances that the application put in itself are in no layer.
        for name in self.names() {
            if !reports.iter().any(|report| report.name == name)
                && let Ok(instance) = self.registry.instance(&name)
            {
                let integration = instance.integration();
                let descriptor = integration.descriptor();
                reports.push(StatusReport::new(&name, descriptor, integration.status()));
            }
        }
        reports
    }

    /// The instance with a name.
    ///
    /// # Errors
    /// `NotFound`; the message lists the names that there are.
    pub fn instance(&self, name: &str) -> Result<Instance> {
        self.registry.instance(name)
    }

    /// An integration by the trait of a category of your own.
    ///
    /// # Errors
    /// `NotFound`, or `Config` when it is of another category.
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self, name: &str) -> Result<Arc<T>> {
        self.registry.get(name)
    }
}

macro_rules! lookups {
    ($($method:ident -> $handle:ty;)+) => {
        impl Manager {$(
            #[doc = concat!("The [`", stringify!($handle), "`] with a name.")]
            ///
            /// # Errors
            /// `NotFound`, or `Config` when the integration is of another category.
            pub fn $method(&self, name: &str) -> Result<$handle> {
                self.registry.$method(name)
            }
        )+}
    };
}

lookups! {
    calendar -> Calendar;
    payments -> Payments;
    meetings -> Meetings;
    mailer -> Mailer;
    storage -> Storage;
    sign_in -> SignIn;
}
