//! A provider that notes which of its operations are called, and passes everything on.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use integrations_core::{Descriptor, Health, Integration, Result, Status};

/// The operations that were called.
pub(super) type Seen = Arc<Mutex<BTreeSet<&'static str>>>;

/// Passes everything on to a provider.
#[derive(Debug)]
pub(super) struct Recorder<P> {
    pub(super) inner: P,
    seen: Seen,
}

impl<P> Recorder<P> {
    pub(super) fn new(inner: P, seen: &Seen) -> Self {
        Self {
            inner,
            seen: seen.clone(),
        }
    }

    pub(super) fn note(&self, operation: &'static str) {
        self.seen.lock().unwrap().insert(operation);
    }
}

#[async_trait]
impl<P: Integration> Integration for Recorder<P> {
    fn descriptor(&self) -> &Descriptor {
        self.inner.descriptor()
    }

    async fn connect(&self) -> Result<()> {
        self.inner.connect().await
    }

    async fn disconnect(&self) -> Result<()> {
        self.inner.disconnect().await
    }

    async fn check_health(&self) -> Health {
        self.inner.check_health().await
    }

    fn status(&self) -> Status {
        self.inner.status()
    }
}

/// Implements a category's trait and its groups for the recorder. An operation is named as the
/// trait's method; one of a group with the group before it: `vault.list`. What stands in brackets
/// is taken as it is.
macro_rules! record {
    (
        $inner:ty: $trait:ident -> $capabilities:ty {
            $($own:ident($($own_arg:ident: $own_type:ty),*) -> $own_answer:ty;)+
            $([$($also:tt)*])?
        }
        $($group:ident: $group_trait:ident {
            $($method:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+
        })*
    ) => {
        #[async_trait]
        impl $trait for Recorder<$inner> {
            fn capabilities(&self) -> &$capabilities {
                $trait::capabilities(&self.inner)
            }

            $(fn $group(&self) -> Option<&dyn $group_trait> {
                $trait::$group(&self.inner).map(|_| self as &dyn $group_trait)
            })*

            $(async fn $own(&self, $($own_arg: $own_type),*) -> Result<$own_answer> {
                self.note(stringify!($own));
                $trait::$own(&self.inner, $($own_arg),*).await
            })+

            $($($also)*)?
        }

        $(#[async_trait]
        impl $group_trait for Recorder<$inner> {
            $(async fn $method(&self, $($arg: $type),*) -> Result<$answer> {
                self.note(concat!(stringify!($group), ".", stringify!($method)));
                $group_trait::$method(&self.inner, $($arg),*).await
            })+
        })*
    };
}
pub(super) use record;
