//! `opendal`.

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use opendal::Operator;
use opendal::services::S3;

use super::{Arm, Result, Source};
use crate::{BUCKET, KEY_ID, PART, PARTS_UNDER_WAY, REGION, SECRET};

pub struct Client(Operator);

impl Client {
    pub fn new(endpoint: &str) -> Result<Self> {
        opendal::install_default();
        let builder = S3::default()
            .endpoint(endpoint)
            .region(REGION)
            .bucket(BUCKET)
            .access_key_id(KEY_ID)
            .secret_access_key(SECRET)
            .disable_config_load()
            .disable_ec2_metadata();
        Ok(Self(Operator::new(builder)?))
    }
}

#[async_trait]
impl Arm for Client {
    async fn put(&self, key: &str, body: Bytes) -> Result<()> {
        self.0.write(key, body).await?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Bytes> {
        Ok(self.0.read(key).await?.to_bytes())
    }

    async fn upload(&self, key: &str, mut source: Source) -> Result<()> {
        let mut writer = self
            .0
            .writer_with(key)
            .chunk(PART)
            .concurrent(PARTS_UNDER_WAY)
            .await?;
        while let Some(piece) = source.next().await {
            writer.write(piece).await?;
        }
        writer.close().await?;
        Ok(())
    }

    async fn download(&self, key: &str) -> Result<u64> {
        let reader = self.0.reader(key).await?;
        let mut body = reader.into_bytes_stream(..).await?;
        let mut size = 0;
        while let Some(piece) = body.next().await {
            size += piece?.len() as u64;
        }
        Ok(size)
    }
}
