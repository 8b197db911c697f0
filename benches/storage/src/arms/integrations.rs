//! This project: the handle over the S3 provider.

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use integrations_core::storage::{GetOptions, ObjectKey, PutBody, PutOptions, Storage};
use integrations_s3::{Checksums, PayloadSigning, S3, S3Config};

use super::{Arm, Result, Source};
use crate::{BUCKET, KEY_ID, PART, PARTS_UNDER_WAY, SECRET};

pub struct Client(Storage);

impl Client {
    pub fn new(endpoint: &str, checksums: bool, unsigned: bool) -> Result<Self> {
        let mut config = S3Config::new(BUCKET)
            .with_endpoint(endpoint)
            .with_access_key(KEY_ID, SECRET);
        config.part_size = PART as u64;
        config.concurrency = PARTS_UNDER_WAY;
        config.checksums = match checksums {
            true => Checksums::WhenSupported,
            false => Checksums::Auto,
        };
        if unsigned {
            config.payload_signing = PayloadSigning::Never;
        }
        // With keys in the configuration nothing is waited for.
        let s3 = futures::executor::block_on(S3::new(config))?;
        Ok(Self(Storage::new(s3)))
    }
}

#[async_trait]
impl Arm for Client {
    async fn put(&self, key: &str, body: Bytes) -> Result<()> {
        let key = ObjectKey::new(key)?;
        self.0.put(&key, body, PutOptions::default()).await?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Bytes> {
        Ok(self.0.get_bytes(&ObjectKey::new(key)?).await?)
    }

    async fn upload(&self, key: &str, source: Source) -> Result<()> {
        let body = PutBody::stream(source.map(Ok));
        let key = ObjectKey::new(key)?;
        self.0.put(&key, body, PutOptions::default()).await?;
        Ok(())
    }

    async fn download(&self, key: &str) -> Result<u64> {
        let mut read = self
            .0
            .get(&ObjectKey::new(key)?, GetOptions::default())
            .await?;
        let mut size = 0;
        while let Some(piece) = read.body.next().await {
            size += piece?.len() as u64;
        }
        Ok(size)
    }
}
