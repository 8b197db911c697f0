//! `object_store`.

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStoreExt, WriteMultipart};

use super::{Arm, Result, Source};
use crate::{BUCKET, KEY_ID, PART, PARTS_UNDER_WAY, REGION, SECRET};

pub struct Client(AmazonS3);

impl Client {
    pub fn new(endpoint: &str, unsigned: bool) -> Result<Self> {
        let store = AmazonS3Builder::new()
            .with_endpoint(endpoint)
            .with_allow_http(true)
            .with_region(REGION)
            .with_bucket_name(BUCKET)
            .with_access_key_id(KEY_ID)
            .with_secret_access_key(SECRET)
            .with_unsigned_payload(unsigned)
            .build()?;
        Ok(Self(store))
    }
}

#[async_trait]
impl Arm for Client {
    async fn put(&self, key: &str, body: Bytes) -> Result<()> {
        self.0.put(&Path::from(key), body.into()).await?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Bytes> {
        Ok(self.0.get(&Path::from(key)).await?.bytes().await?)
    }

    async fn upload(&self, key: &str, mut source: Source) -> Result<()> {
        let upload = self.0.put_multipart(&Path::from(key)).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        while let Some(piece) = source.next().await {
            // So many parts under way, and no more.
            upload.wait_for_capacity(PARTS_UNDER_WAY).await?;
            upload.put(piece);
        }
        upload.finish().await?;
        Ok(())
    }

    async fn download(&self, key: &str) -> Result<u64> {
        let mut body = self.0.get(&Path::from(key)).await?.into_stream();
        let mut size = 0;
        while let Some(piece) = body.next().await {
            size += piece?.len() as u64;
        }
        Ok(size)
    }
}
