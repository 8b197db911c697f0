//! Tags.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{Tag, Tagging};
use integrations_core::guard::{Operation, Safety};
use integrations_core::storage::ObjectKey;
use integrations_core::{Effect, Error, Result};

use crate::S3;
use crate::error::map;

impl S3 {
    pub(crate) async fn read_tags(&self, key: &ObjectKey) -> Result<BTreeMap<String, String>> {
        let operation = Operation::new("get_tags", Safety::Read);
        let output = self
            .guard
            .run(&operation, |_| async {
                let request = self.client.get_object_tagging().bucket(self.bucket());
                request.key(key.as_str()).send().await.map_err(map)
            })
            .await?;
        let pair = |tag: &Tag| (tag.key().to_owned(), tag.value().to_owned());
        Ok(output.tag_set().iter().map(pair).collect())
    }

    pub(crate) async fn write_tags(
        &self,
        key: &ObjectKey,
        tags: &BTreeMap<String, String>,
    ) -> Result<()> {
        let tag = |(name, value): (&String, &String)| Tag::builder().key(name).value(value).build();
        let set: std::result::Result<Vec<_>, _> = tags.iter().map(tag).collect();
        let tagging = set
            .and_then(|set| Tagging::builder().set_tag_set(Some(set)).build())
            .map_err(|_| {
                Error::internal("the tags cannot be sent").with_effect(Effect::NotApplied)
            })?;
        let operation = Operation::new("set_tags", Safety::Idempotent);
        self.guard
            .run(&operation, |_| async {
                let request = self.client.put_object_tagging().bucket(self.bucket());
                let request = request.key(key.as_str()).tagging(tagging.clone());
                request.send().await.map(drop).map_err(map)
            })
            .await
    }
}
