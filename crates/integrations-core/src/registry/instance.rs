//! An integration in a registry, whatever its category.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::auth::SignIn;
use crate::calendar::Calendar;
use crate::email::Mailer;
use crate::integration::{Category, Integration};
use crate::payment::Payments;
use crate::storage::Storage;
use crate::video::Meetings;

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
    ($($handle:ty),+) => {$(
        impl From<$handle> for Instance {
            fn from(handle: $handle) -> Self {
                let integration: Arc<dyn Integration> = handle.provider().clone();
                Self { integration, handle: Arc::new(handle) }
            }
        }
    )+};
}
from_handles!(Calendar, Payments, Meetings, Mailer, Storage, SignIn);
