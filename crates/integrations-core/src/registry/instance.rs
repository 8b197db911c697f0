//! An integration in a registry, whatever its category.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::integration::{Category, Integration};

/// An integration with its category's handle. Cheap to clone.
#[derive(Clone)]
pub struct Instance {
    integration: Arc<dyn Integration>,
    handle: Arc<dyn Any + Send + Sync>,
}

impl Instance {
    /// An integration of a category of your own, by its trait `T`. Give the same provider twice,
    /// once as [`Integration`] and once as `T`.
    pub fn custom<T: ?Sized + Send + Sync + 'static>(
        integration: Arc<dyn Integration>,
        provider: Arc<T>,
    ) -> Self {
        Self {
            integration,
            handle: Arc::new(provider),
        }
    }

    /// The integration: descriptor, health, status.
    #[must_use]
    pub fn integration(&self) -> &Arc<dyn Integration> {
        &self.integration
    }

    /// Its category.
    #[must_use]
    pub fn category(&self) -> &Category {
        &self.integration.descriptor().category
    }

    pub(super) fn handle<H: Clone + 'static>(&self) -> Option<H> {
        self.handle.downcast_ref::<H>().cloned()
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Instance").field(&self.integration).finish()
    }
}

macro_rules! from_handles {
    ($($feature:literal $category:ident::$handle:ident;)+) => {$(
        #[cfg(feature = $feature)]
        impl From<crate::$category::$handle> for Instance {
            fn from(handle: crate::$category::$handle) -> Self {
                let integration: Arc<dyn Integration> = handle.provider().clone();
                Self { integration, handle: Arc::new(handle) }
            }
        }
    )+};
}
from_handles! {
    "calendar" calendar::Calendar;
    "payment" payment::Payments;
    "video" video::Meetings;
    "email" email::Mailer;
    "storage" storage::Storage;
    "auth" auth::SignIn;
}
