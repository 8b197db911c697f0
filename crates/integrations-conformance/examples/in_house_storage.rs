//! A provider of one's own, whole, and its conformance: `cargo run -p integrations-conformance
//! --example in_house_storage`.
#![allow(clippy::print_stdout)]
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use integrations_conformance::{Options, run, storage};
use integrations_core::storage::*;
use integrations_core::*;

#[derive(Debug)]
struct Shelf {
    descriptor: Descriptor,
    capabilities: StorageCapabilities,
    objects: Mutex<BTreeMap<ObjectKey, Bytes>>,
}

impl Shelf {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<ObjectKey, Bytes>) -> T) -> T {
        work(&mut self.objects.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn find(&self, key: &ObjectKey) -> Result<Bytes> {
        self.with(|all| all.get(key).cloned())
            .ok_or_else(|| Error::not_found(key))
    }
}

#[async_trait]
impl Integration for Shelf {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }
    async fn connect(&self) -> Result<()> {
        Ok(())
    }
    async fn check_health(&self) -> Health {
        Health::healthy(std::time::Duration::ZERO)
    }
    fn status(&self) -> Status {
        Status::new(ConnectionState::Connected, None)
    }
}

#[async_trait]
impl StorageProvider for Shelf {
    fn capabilities(&self) -> &StorageCapabilities {
        &self.capabilities
    }
    async fn put(&self, key: &ObjectKey, body: PutBody, options: &PutOptions) -> Result<PutResult> {
        if options != &PutOptions::default() {
            return Err(Error::unsupported("a put with options"));
        }
        let bytes = body.into_stream().bytes().await?;
        self.with(|all| all.insert(key.clone(), bytes));
        Ok(PutResult::default())
    }
    async fn get(&self, key: &ObjectKey, options: &GetOptions) -> Result<GetResult> {
        let meta = self.head(key, options).await?;
        Ok(GetResult::new(
            meta.clone(),
            0..meta.size,
            self.find(key)?.into(),
        ))
    }
    async fn head(&self, key: &ObjectKey, options: &GetOptions) -> Result<ObjectMeta> {
        if options != &GetOptions::default() {
            return Err(Error::unsupported("a read with options"));
        }
        Ok(ObjectMeta::new(key.clone(), self.find(key)?.len() as u64))
    }
    async fn delete(&self, key: &ObjectKey, options: &DeleteOptions) -> Result<()> {
        if options != &DeleteOptions::default() {
            return Err(Error::unsupported("a delete with options"));
        }
        self.with(|all| all.remove(key));
        Ok(())
    }
    async fn list(&self, options: &ListOptions, page: &PageRequest) -> Result<Page<ListEntry>> {
        if options.delimiter.is_some() || options.start_after.is_some() {
            return Err(Error::unsupported("a listing with a delimiter or start"));
        }
        let object = |(k, b): (&ObjectKey, &Bytes)| ObjectMeta::new(k.clone(), b.len() as u64);
        let all: Vec<_> = self.with(|all| all.iter().map(object).collect());
        let fits = |meta: &ObjectMeta| meta.key.as_str().starts_with(&options.prefix);
        Page::slice(
            all.into_iter()
                .filter(fits)
                .map(ListEntry::Object)
                .collect(),
            page,
            1000,
        )
    }
}

#[tokio::main]
async fn main() {
    let mut capabilities = StorageCapabilities::new();
    capabilities.put_stream = true;
    let shelf = || Shelf {
        descriptor: Descriptor::new("shelf", Category::STORAGE, "in-house"),
        capabilities: capabilities.clone(),
        objects: Mutex::default(),
    };
    let harness = || async { storage::Harness::new(shelf().into()) };
    let report = run(&storage::suite(), "shelf", harness, &Options::default()).await;
    println!("{report}");
    assert!(report.is_green());
}
