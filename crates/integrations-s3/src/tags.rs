//! Tags.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{Tag, Tagging};
use integrations_core::guard::Operation;
use integrations_core::storage::ObjectKey;
use integrations_core::{Effect, Error, Result};

use crate::S3;
use crate::error::map;
use crate::operations::{GET_TAGS, SET_TAGS};

impl S3 {
    pub(crate) async fn read_tags(&self, key: &ObjectKey) -> Result<BTreeMap<String, String>> {
        let operation = Operation::of(&GET_TAGS);
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
        let operation = Operation::of(&SET_TAGS);
        self.guard
            .run(&operation, |_| async {
                let request = self.client.put_object_tagging().bucket(self.bucket());
                let request = request.key(key.as_str()).tagging(tagging.clone());
                request.send().await.map(drop).map_err(map)
            })
            .await
    }
}
