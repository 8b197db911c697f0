//! What is opened at its first use: making a provider does no I/O.
#![allow(dead_code)] // Each category uses what it needs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use integrations_core::{Error, Result};
use tokio::sync::OnceCell;

/// A value in memory, or one that a folder is opened for when it is needed first. An opening that
/// fails is tried again by whoever comes next, so that a repaired folder needs no new provider.
#[derive(Debug)]
pub(crate) struct Lazy<T> {
    folder: Option<PathBuf>,
    cell: OnceCell<T>,
    asked: AtomicU64,
}

impl<T: Send + Sync + 'static> Lazy<T> {
    /// A value that is there already.
    pub(crate) fn memory(value: T) -> Arc<Self> {
        Arc::new(Self {
            folder: None,
            cell: OnceCell::from(value),
            asked: AtomicU64::new(0),
        })
    }

    /// A value that is in a folder. Nothing is looked at yet.
    pub(crate) fn folder(folder: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            folder: Some(folder),
            cell: OnceCell::new(),
            asked: AtomicU64::new(0),
        })
    }

    /// How often somebody asked for the value. There is no other way to it, so that what did not
    /// ask has neither read nor written it.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// The folder, when there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The value, opened now when it was not. Callers at the same time wait for one opening.
    ///
    /// # Errors
    /// What `open` fails with.
    pub(crate) async fn get<F>(
        self: &Arc<Self>,
        open: impl FnOnce(PathBuf) -> F + Send + 'static,
    ) -> Result<&T>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(value) = self.cell.get() {
            return Ok(value);
        }
        let this = Arc::clone(self);
        // A task of its own: the folder is locked while it is opened, and a caller that stops
        // waiting must not leave a lock behind that the next one meets.
        let opened = tokio::spawn(async move {
            let folder = this.folder.clone().unwrap_or_default();
            this.cell.get_or_try_init(|| open(folder)).await.map(drop)
        });
        opened
            .await
            .map_err(|_| Error::internal("the opening was cancelled or panicked"))??;
        let value = self.cell.get();
        value.ok_or_else(|| Error::internal("what was opened is not there"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[tokio::test]
    async fn it_is_opened_once_by_whoever_comes_first() {
        let opened = Arc::new(AtomicU32::new(0));
        let lazy = Lazy::<u32>::folder("somewhere".into());
        let get = || {
            let opened = Arc::clone(&opened);
            lazy.get(move |_| async move {
                tokio::task::yield_now().await;
                Ok(opened.fetch_add(1, Ordering::SeqCst))
            })
        };
        let (first, second) = tokio::join!(get(), get());
        assert_eq!((*first.unwrap(), *second.unwrap()), (0, 0));
        assert_eq!(opened.load(Ordering::SeqCst), 1);
        assert_eq!(lazy.asked(), 2);
    }

    #[tokio::test]
    async fn an_opening_that_failed_is_tried_again() {
        let lazy = Lazy::<u32>::folder("somewhere".into());
        let failed = lazy
            .get(|_| async { Err(Error::internal("not yet")) })
            .await;
        assert!(failed.is_err());
        assert_eq!(*lazy.get(|_| async { Ok(7) }).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_caller_who_stops_waiting_leaves_the_opening_whole() {
        let lazy = Lazy::<u32>::folder("somewhere".into());
        let (go, wait) = tokio::sync::oneshot::channel::<()>();
        let first = lazy.get(|_| async {
            let _ = wait.await;
            Ok(1)
        });
        {
            let mut first = std::pin::pin!(first);
            let polled = futures::poll!(first.as_mut());
            assert!(polled.is_pending());
        }
        go.send(()).unwrap();
        // The second finds what the first began.
        assert_eq!(*lazy.get(|_| async { Ok(2) }).await.unwrap(), 1);
    }
}
