//! How a provider is made.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::Instance;
use crate::config::{Field, Settings};
use crate::error::Result;
use crate::integration::Category;
use crate::operation::OperationSpec;

type Build = dyn Fn(Settings) -> BoxFuture<'static, Result<Instance>> + Send + Sync;
type Check = dyn Fn(&Settings) -> Result<()> + Send + Sync;

/// How instances of a provider are made from settings. Cheap to clone.
#[derive(Clone)]
pub struct Factory {
    name: Cow<'static, str>,
    vendor: Option<Cow<'static, str>>,
    category: Category,
    summary: &'static str,
    fields: &'static [Field],
    operations: Vec<OperationSpec>,
    check: Option<Arc<Check>>,
    build: Arc<Build>,
}

impl Factory {
    /// A factory with the provider's name, its category, one sentence on what it does, the fields
    /// that it needs, and how it is made. Making it does no I/O beyond what is needed to find
    /// credentials: `connect` does.
    pub fn new<F, Fut>(
        name: impl Into<Cow<'static, str>>,
        category: Category,
        summary: &'static str,
        fields: &'static [Field],
        build: F,
    ) -> Self
    where
        F: Fn(Settings) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Instance>> + Send + 'static,
    {
        Self {
            name: name.into(),
            vendor: None,
            category,
            summary,
            fields,
            operations: Vec::new(),
            check: None,
            build: Arc::new(move |settings| Box::pin(build(settings))),
        }
    }

    /// Names the vendor, as the [`Descriptor`](crate::Descriptor) of the instances does: `aws` for
    /// `s3`. So the vendor is known also of an integration that is switched off.
    #[must_use]
    pub fn with_vendor(mut self, vendor: impl Into<Cow<'static, str>>) -> Self {
        self.vendor = Some(vendor.into());
        self
    }

    /// Adds requests that the provider can send, each with what makes repeating it harmless. A
    /// provider that runs in this process sends none.
    #[must_use]
    pub fn with_operations(mut self, operations: &'static [OperationSpec]) -> Self {
        self.operations.extend_from_slice(operations);
        self
    }

    /// How settings are judged without making anything: bounds, and values that exclude each other.
    /// Without it only the [fields](Self::fields) are. It does no I/O; it answers `Config`.
    #[must_use]
    pub fn with_check(
        mut self,
        check: impl Fn(&Settings) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.check = Some(Arc::new(check));
        self
    }

    /// The provider's name, for example `s3`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who provides it, for example `aws`, where that was said.
    #[must_use]
    pub fn vendor(&self) -> Option<&str> {
        self.vendor.as_deref()
    }

    /// Its category.
    #[must_use]
    pub fn category(&self) -> &Category {
        &self.category
    }

    /// What it does, in one sentence.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// What it needs to know.
    #[must_use]
    pub fn fields(&self) -> &'static [Field] {
        self.fields
    }

    /// The requests that it can send.
    #[must_use]
    pub fn operations(&self) -> &[OperationSpec] {
        &self.operations
    }

    /// Whether settings work, without making anything. No I/O.
    ///
    /// # Errors
    /// `Config` for settings that do not work together.
    pub fn check(&self, settings: &Settings) -> Result<()> {
        #[cfg(feature = "guard")]
        settings.policy(crate::guard::GuardConfig::default())?;
        self.check.as_ref().map_or(Ok(()), |check| check(settings))
    }

    /// Makes an instance.
    ///
    /// # Errors
    /// `Config` for settings that do not work together.
    pub async fn build(&self, settings: Settings) -> Result<Instance> {
        (self.build)(settings).await
    }
}

impl fmt::Debug for Factory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Factory")
            .field("name", &self.name)
            .field("category", &self.category)
            .finish_non_exhaustive()
    }
}
