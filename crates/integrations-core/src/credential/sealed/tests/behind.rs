//! Both sealed stores, and what somebody does behind their backs.
#![cfg(feature = "testing")]

use std::sync::Arc;

use async_trait::async_trait;

use super::*;
use crate::Result;
use crate::credential::contract::{self, Pieces, Place, Tamper};

impl Folder {
    fn place(&self, place: Place<'_>) -> PathBuf {
        match place {
            Place::Record(id) => self.path().join(file_of(id)),
            Place::List => self.list(),
        }
    }
}

#[async_trait]
impl Tamper for Folder {
    fn store(&self) -> &dyn CredentialStore {
        &self.store
    }

    async fn open_again(&self) -> Result<Arc<dyn CredentialStore>> {
        Ok(Arc::new(self.again().await?))
    }

    async fn copy(&self, place: Place<'_>) -> Pieces {
        vec![(String::new(), std::fs::read(self.place(place)).unwrap())]
    }

    async fn put_back(&self, place: Place<'_>, pieces: &Pieces) {
        let path = self.place(place);
        let Some((_, bytes)) = pieces.first() else {
            return std::fs::remove_file(path).unwrap();
        };
        // A file that is new is for its owner alone only where the umask says so.
        let temporary = path.with_extension("put-back");
        super::super::folder::write_new_private(&temporary, bytes).unwrap();
        std::fs::rename(temporary, path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_finds_out_what_is_put_back_or_removed() {
    contract::check_rollback(|| async { Box::new(Folder::new().await) as _ }).await;
}

#[cfg(feature = "sealed-sqlite")]
#[async_trait]
impl Tamper for Database {
    fn store(&self) -> &dyn CredentialStore {
        &self.store
    }

    async fn open_again(&self) -> Result<Arc<dyn CredentialStore>> {
        Ok(Arc::new(self.again().await?))
    }

    async fn copy(&self, place: Place<'_>) -> Pieces {
        let named = |(part, sealed): (i64, Vec<u8>)| (part.to_string(), sealed);
        match place {
            Place::Record(id) => vec![(String::new(), self.row(id.as_str()).await)],
            Place::List => self.list().await.into_iter().map(named).collect(),
        }
    }

    async fn put_back(&self, place: Place<'_>, pieces: &Pieces) {
        match (place, pieces.first()) {
            (Place::Record(id), Some((_, record))) => self.put_row(id.as_str(), record).await,
            (Place::Record(id), None) => self.remove_row(id.as_str()).await,
            (Place::List, _) => {
                let parts = pieces.iter();
                let parts = parts.map(|(part, sealed)| (part.parse().unwrap(), sealed.clone()));
                self.put_list(&parts.collect::<Vec<_>>()).await;
            }
        }
    }
}

#[cfg(feature = "sealed-sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_finds_out_what_is_put_back_or_removed() {
    contract::check_rollback(|| async { Box::new(Database::new().await) as _ }).await;
}
