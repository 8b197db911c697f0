//! What a manager is made from, and the making.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use integrations_core::Result;
use integrations_core::config::{Layers, Problem, ProblemKind, Problems};
use integrations_core::registry::Registry;

use crate::Manager;

/// The file that is read when no other is named.
const DEFAULT_FILE: &str = "integrations.toml";

/// Collects what a [`Manager`] is made from.
#[derive(Debug, Default)]
pub struct Builder {
    registry: Option<Registry>,
    layers: Layers,
    only: Option<BTreeSet<String>>,
}

impl Builder {
    /// Uses a registry of your own, for example one with in-house providers. Without it every
    /// provider whose feature is on is known.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Adds the usual layers: the file (`file`, or the one that `$INTEGRATIONS_CONFIG` names, or
    /// `integrations.toml` in the working directory where there is one), and the environment.
    ///
    /// # Errors
    /// `Config` when the file cannot be read or is not valid.
    pub fn usual(mut self, file: Option<&Path>) -> Result<Self> {
        let named = file.map(Path::to_path_buf).or_else(|| {
            std::env::var_os("INTEGRATIONS_CONFIG")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
        });
        let default = Path::new(DEFAULT_FILE);
        if let Some(path) = named
            .as_deref()
            .or_else(|| default.exists().then_some(default))
        {
            self = self.file(path)?;
        }
        // Variables that are not Unicode cannot be ours.
        let vars = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Ok(self.env(vars))
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

    /// Takes the secrets that a store keeps: those of a connection whose id is the name of an
    /// integration are that integration's fields. They win over the file, and the environment over
    /// them. A record that cannot be opened is a problem of its integration alone.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    #[cfg(feature = "credentials")]
    pub async fn credentials(
        mut self,
        store: &dyn integrations_core::credential::CredentialStore,
    ) -> Result<Self> {
        for id in store.ids().await? {
            match store.load(&id).await {
                Ok(Some(there)) => {
                    let connection = there.value;
                    let Some(secrets) = connection.secrets() else {
                        continue;
                    };
                    if connection.integration == id.as_str() {
                        let fields = secrets
                            .names()
                            .filter_map(|name| Some((name.to_owned(), secrets.get(name)?.clone())));
                        self.layers = self.layers.with_kept(id.as_str(), fields);
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    self.layers = self.layers.with_kept_problem(id.as_str(), error.message());
                }
            }
        }
        Ok(self)
    }

    /// Makes these integrations and no others. The others stay configured, are neither checked nor
    /// made, and [`Manager::check`] still judges them. With no name nothing is made.
    #[must_use]
    pub fn only<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.only = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Makes every enabled integration, or [those that are named](Self::only). All settings are
    /// checked before the first is made. Nothing is called yet: [`Manager::connect_all`] does.
    ///
    /// # Errors
    /// One `Config` error that names everything missing or wrong, of all integrations that are to
    /// be made. `NotFound` for a name that is not configured or is switched off.
    pub async fn build(self) -> Result<Manager> {
        let registry = self.registry.unwrap_or_else(crate::registry);
        let manager = Manager::new(registry, self.layers);
        let mut entries = manager.entries();
        match &self.only {
            None => entries.retain(|entry| entry.enabled),
            Some(only) => {
                for name in only {
                    manager.enabled(name)?;
                }
                entries.retain(|entry| only.contains(&entry.name));
            }
        }
        let layers = manager.layers();
        manager.check_entries(&entries)?;
        let mut problems = Vec::new();
        for entry in &entries {
            let made = manager
                .registry()
                .create(&entry.name, &entry.provider, &layers)
                .await;
            if let Err(error) = made {
                add_problems(&mut problems, &entry.name, &error);
            }
        }
        Problems(problems).into_result()?;
        Ok(manager)
    }
}

/// What an error says is wrong with an integration.
pub(crate) fn add_problems(
    problems: &mut Vec<Problem>,
    name: &str,
    error: &integrations_core::Error,
) {
    match error.detail::<Problems>() {
        Some(found) => problems.extend(found.0.iter().cloned()),
        None => problems.push(Problem::of_table(
            name,
            ProblemKind::Invalid,
            error.message().to_owned(),
        )),
    }
}
