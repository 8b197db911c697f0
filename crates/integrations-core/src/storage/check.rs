//! What the handle checks before anything is sent, and after something came.

use std::collections::BTreeMap;

use super::{ByteRange, GetOptions, GetResult, ObjectKey, PutBody, PutMode, PutOptions, Storage};
use crate::error::{Effect, Error, ErrorKind, Result};

impl Storage {
    pub(super) fn need(&self, has: bool, feature: &'static str) -> Result<()> {
        if has {
            Ok(())
        } else {
            Err(Error::unsupported(feature))
        }
    }

    pub(super) fn check_key(&self, key: &ObjectKey) -> Result<()> {
        let most = match self.capabilities().max_key_len {
            0 => ObjectKey::MAX_LEN,
            most => most,
        };
        let length = key.as_str().len();
        if length > most {
            return Err(Error::invalid_input(format!(
                "the object key has {length} bytes; the most is {most}"
            )));
        }
        Ok(())
    }

    pub(super) fn check_get(&self, key: &ObjectKey, options: &GetOptions) -> Result<()> {
        self.check_key(key)?;
        let capabilities = self.capabilities();
        self.need(
            options.range.is_none() || capabilities.get_range,
            "get_range",
        )?;
        self.need(
            !options.has_conditions() || capabilities.get_conditions,
            "get_conditions",
        )?;
        self.need(
            options.version.is_none() || capabilities.get_version,
            "get_version",
        )?;
        match &options.range {
            Some(ByteRange::Bounded(range)) if range.start >= range.end => Err(
                Error::invalid_input("a byte range must end after it starts"),
            ),
            Some(ByteRange::Last(0)) => Err(Error::invalid_input("the last 0 bytes are no range")),
            _ => Ok(()),
        }
    }

    pub(super) fn check_put(&self, body: &PutBody, options: &PutOptions) -> Result<()> {
        let capabilities = self.capabilities();
        self.need(
            body.length().is_some() || capabilities.put_stream,
            "put_stream",
        )?;
        match options.mode {
            PutMode::Overwrite => {}
            PutMode::Create => self.need(capabilities.put_create, "put_create")?,
            PutMode::Update(_) => self.need(capabilities.put_update, "put_update")?,
        }
        self.need(
            options.attributes.is_empty() || capabilities.attributes,
            "attributes",
        )?;
        self.need(
            options.metadata.is_empty() || capabilities.metadata,
            "metadata",
        )?;
        self.need(options.tags.is_empty() || capabilities.tags, "tags")?;
        if let (Some(length), Some(most)) = (body.length(), capabilities.max_object_size)
            && length > most
        {
            return Err(Error::invalid_input(format!(
                "the object has {length} bytes; the most is {most}"
            )));
        }
        for (name, value) in options.attributes.iter() {
            // HTTP drops blanks around a value (RFC 9110, section 5.5).
            let whole = !value.is_empty() && value.trim().len() == value.len();
            if !whole || value.chars().any(|c| c.is_control() || !c.is_ascii()) {
                return Err(Error::invalid_input(format!(
                    "{name} must be printable ASCII without blanks around it, not {value:?}"
                )));
            }
        }
        self.check_metadata(&options.metadata)?;
        self.check_tags(&options.tags)
    }

    fn check_metadata(&self, metadata: &BTreeMap<String, String>) -> Result<()> {
        let mut length = 0;
        for (name, value) in metadata {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
            if name.is_empty() || name.len() > 128 || !name.bytes().all(plain) {
                return Err(Error::invalid_input(format!(
                    "the metadata name {name:?} must be 1 to 128 of a-z 0-9 _ -"
                )));
            }
            let trimmed = value.trim().len() == value.len();
            if !trimmed || value.chars().any(|c| c.is_control() || !c.is_ascii()) {
                return Err(Error::invalid_input(format!(
                    "the metadata value of {name:?} must be printable ASCII without blanks around it"
                )));
            }
            length += name.len() + value.len();
        }
        match self.capabilities().max_metadata_len {
            Some(most) if length > most => Err(Error::invalid_input(format!(
                "the metadata has {length} bytes; the most is {most}"
            ))),
            _ => Ok(()),
        }
    }

    pub(super) fn check_tags(&self, tags: &BTreeMap<String, String>) -> Result<()> {
        match self.capabilities().max_tags {
            Some(most) if tags.len() > most => Err(Error::invalid_input(format!(
                "there are {} tags; the most is {most}",
                tags.len()
            ))),
            _ => Ok(()),
        }
    }
}

/// Whether the bytes that came are the ones that were asked for. Some servers do not know the
/// header `Range` and answer the whole object.
pub(super) fn check_range(options: &GetOptions, result: &GetResult) -> Result<()> {
    let asked = match &options.range {
        Some(range) => range.resolve(result.meta.size)?,
        None => 0..result.meta.size,
    };
    if result.range == asked {
        return Ok(());
    }
    let text = format!(
        "the provider answered the bytes {:?} where {asked:?} were asked for",
        result.range
    );
    Err(Error::new(ErrorKind::Decode, text).with_effect(Effect::NotApplied))
}
