//! The registry: factories of providers by name, and the instances made from them.
//!
//! Registration is explicit; nothing registers itself at link time.
//!
//! ```
//! use integrations_core::registry::{Instance, Registry};
//! use std::sync::Arc;
//! # use integrations_core::{async_trait, Category, Descriptor, Health, Integration, Result, Status};
//! # #[derive(Debug)] struct Acme(Descriptor);
//! # #[async_trait] impl Integration for Acme {
//! #     fn descriptor(&self) -> &Descriptor { &self.0 }
//! #     async fn connect(&self) -> Result<()> { Ok(()) }
//! #     async fn check_health(&self) -> Health { Health::healthy(Default::default()) }
//! #     fn status(&self) -> Status { Status::disconnected() }
//! # }
//!
//! // A category of your own is a trait of your own over `Integration`.
//! #[async_trait]
//! trait SmsProvider: Integration {
//!     async fn send_sms(&self, to: &str, text: &str) -> Result<String>;
//! }
//! # #[async_trait] impl SmsProvider for Acme {
//! #     async fn send_sms(&self, to: &str, _: &str) -> Result<String> { Ok(format!("sms to {to}")) }
//! # }
//!
//! let registry = Registry::new();
//! let acme = Arc::new(Acme(Descriptor::new("acme_sms", Category::custom("sms"), "acme")));
//! registry.insert(Instance::custom::<dyn SmsProvider>(acme.clone(), acme));
//!
//! let sms = registry.get::<dyn SmsProvider>("acme_sms")?;
//! assert_eq!(registry.names_in(&Category::custom("sms")), ["acme_sms"]);
//! # let _ = sms;
//! # Ok::<_, integrations_core::Error>(())
//! ```

mod factory;
mod instance;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

pub use factory::Factory;
pub use instance::Instance;

use crate::config::{Field, Layers};
use crate::error::{Error, ErrorKind, Result};
use crate::integration::Category;

/// Factories by provider name, and instances by integration name. Shared by reference; every
/// method takes `&self`.
#[derive(Debug, Default)]
pub struct Registry {
    factories: RwLock<BTreeMap<String, Factory>>,
    instances: RwLock<BTreeMap<String, Instance>>,
}

impl Registry {
    /// A registry that knows no provider.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a provider's factory. One of the same name is replaced and given back.
    pub fn register(&self, factory: Factory) -> Option<Factory> {
        let mut factories = self
            .factories
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        factories.insert(factory.name().to_owned(), factory)
    }

    /// The factory of a provider.
    ///
    /// # Errors
    /// `Config` for an unknown name; the message lists the known ones.
    pub fn factory(&self, provider: &str) -> Result<Factory> {
        let factories = self
            .factories
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        factories.get(provider).cloned().ok_or_else(|| {
            let known: Vec<&str> = factories.keys().map(String::as_str).collect();
            Error::new(
                ErrorKind::Config,
                format!(
                    "there is no provider {provider:?}; known are: {}",
                    if known.is_empty() {
                        "none".to_owned()
                    } else {
                        known.join(", ")
                    }
                ),
            )
        })
    }

    /// All factories, by name.
    #[must_use]
    pub fn factories(&self) -> Vec<Factory> {
        self.factories
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// The fields of every known provider, by name.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<String, &'static [Field]> {
        let factories = self.factories();
        factories
            .into_iter()
            .map(|factory| (factory.name().to_owned(), factory.fields()))
            .collect()
    }

    /// Whether an instance could be made from the layers, as far as that can be said without making
    /// it. No I/O.
    ///
    /// # Errors
    /// `Config` for a provider that is not known, and for settings that are missing or wrong.
    pub fn check(&self, name: &str, provider: &str, layers: &Layers) -> Result<()> {
        let factory = self.factory(provider)?;
        factory.check(&layers.resolve(name, factory.fields())?)
    }

    /// Makes an instance from the layers and keeps it under `name`. Whoever holds the instance
    /// that it replaces finishes with that one.
    ///
    /// # Errors
    /// `Config`, or what making it answers. The old instance stays then.
    pub async fn create(&self, name: &str, provider: &str, layers: &Layers) -> Result<Instance> {
        let factory = self.factory(provider)?;
        let settings = layers.resolve(name, factory.fields())?;
        let instance = factory.build(settings).await?;
        self.insert_as(name, instance.clone());
        Ok(instance)
    }

    /// Keeps an instance under its descriptor's name.
    pub fn insert(&self, instance: Instance) {
        let name = instance
            .integration()
            .descriptor()
            .name
            .clone()
            .into_owned();
        self.insert_as(&name, instance);
    }

    fn insert_as(&self, name: &str, instance: Instance) {
        let mut instances = self
            .instances
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        instances.insert(name.to_owned(), instance);
    }

    /// Takes an instance out.
    pub fn remove(&self, name: &str) -> Option<Instance> {
        self.instances
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name)
    }

    /// The instance with a name.
    ///
    /// # Errors
    /// `NotFound`; the message lists the names that there are.
    pub fn instance(&self, name: &str) -> Result<Instance> {
        let instances = self
            .instances
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        instances.get(name).cloned().ok_or_else(|| {
            let known: Vec<&str> = instances.keys().map(String::as_str).collect();
            Error::new(
                ErrorKind::NotFound,
                format!(
                    "no integration is called {name:?}; there are: {}",
                    if known.is_empty() {
                        "none".to_owned()
                    } else {
                        known.join(", ")
                    }
                ),
            )
            .with_advice("configure it, or use one of those names")
        })
    }

    /// The names of all instances.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.instances
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .cloned()
            .collect()
    }

    /// The names of the instances in a category.
    #[must_use]
    pub fn names_in(&self, category: &Category) -> Vec<String> {
        let instances = self
            .instances
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let of = instances
            .iter()
            .filter(|(_, one)| one.category() == category);
        of.map(|(name, _)| name.clone()).collect()
    }

    /// An instance by the trait of a category of your own.
    ///
    /// # Errors
    /// `NotFound`, or `Config` when the instance is of another category.
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self, name: &str) -> Result<Arc<T>> {
        let instance = self.instance(name)?;
        instance
            .handle::<Arc<T>>()
            .ok_or_else(|| wrong_category(name, &instance))
    }

    #[cfg_attr(
        not(any(
            feature = "calendar",
            feature = "payment",
            feature = "video",
            feature = "email",
            feature = "storage",
            feature = "auth",
        )),
        expect(dead_code, reason = "no category is there")
    )]
    fn typed<H: Clone + Send + Sync + 'static>(&self, name: &str) -> Result<H> {
        let instance = self.instance(name)?;
        instance
            .handle::<H>()
            .ok_or_else(|| wrong_category(name, &instance))
    }
}

fn wrong_category(name: &str, instance: &Instance) -> Error {
    let category = instance.category();
    Error::new(
        ErrorKind::Config,
        format!("{name:?} is of the category {category}"),
    )
    .with_advice("ask for it by its own category")
}

macro_rules! lookups {
    ($($feature:literal $method:ident -> $category:ident::$handle:ident;)+) => {
        impl Registry {$(
            #[doc = concat!(
                "The [`", stringify!($handle), "`](crate::", stringify!($category), "::",
                stringify!($handle), ") with a name."
            )]
            ///
            /// # Errors
            /// `NotFound`, or `Config` when the integration is of another category.
            #[cfg(feature = $feature)]
            pub fn $method(&self, name: &str) -> Result<crate::$category::$handle> {
                self.typed(name)
            }
        )+}
    };
}

lookups! {
    "calendar" calendar -> calendar::Calendar;
    "payment" payments -> payment::Payments;
    "video" meetings -> video::Meetings;
    "email" mailer -> email::Mailer;
    "storage" storage -> storage::Storage;
    "auth" sign_in -> auth::SignIn;
}
