//! Bytes within JSON: base64 (RFC 4648, section 4), which every language reads.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(bytes: &Bytes, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&STANDARD.encode(bytes))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
    let text = Cow::<str>::deserialize(from)?;
    // The error names the place and the byte; the text itself is somebody's file.
    STANDARD
        .decode(text.as_bytes())
        .map(Bytes::from)
        .map_err(|error| D::Error::custom(format_args!("the bytes are no base64: {error}")))
}
