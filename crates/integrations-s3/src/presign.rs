//! Presigned requests: signed here, without a request.

use aws_sdk_s3::presigning::PresigningConfig;
use integrations_core::storage::{PresignMethod, PresignRequest, PresignedRequest};
use integrations_core::{Effect, Error, ErrorKind, Result};
use jiff::{SignedDuration, Timestamp};

use crate::S3;
use crate::error::map;

impl S3 {
    pub(crate) async fn sign(&self, request: &PresignRequest) -> Result<PresignedRequest> {
        let config = PresigningConfig::expires_in(request.expires_in).map_err(|_| {
            Error::invalid_input("a presigned request holds for at most seven days")
        })?;
        let length = SignedDuration::try_from(request.expires_in)
            .map_err(|_| Error::invalid_input("the expiry is too far"))?;
        let expires_at = Timestamp::now()
            .checked_add(length)
            .map_err(|_| Error::invalid_input("the expiry is too far"))?;
        let key = request.key.as_str();
        let signed = match request.method {
            PresignMethod::Get => {
                let get = self.client.get_object().bucket(self.bucket()).key(key);
                get.presigned(config).await.map_err(map)?
            }
            PresignMethod::Put => {
                let put = self.client.put_object().bucket(self.bucket()).key(key);
                let put = put.set_content_type(request.content_type.clone());
                put.presigned(config).await.map_err(map)?
            }
            _ => return Err(Error::unsupported("this kind of presigned request")),
        };
        let unreadable = |what: &'static str| {
            Error::new(ErrorKind::Internal, what).with_effect(Effect::NotApplied)
        };
        let method = http::Method::from_bytes(signed.method().as_bytes())
            .map_err(|_| unreadable("the signed method is none"))?;
        let url =
            url::Url::parse(signed.uri()).map_err(|_| unreadable("the signed URL is none"))?;
        let mut presigned = PresignedRequest::new(method, url, expires_at);
        for (name, value) in signed.headers() {
            let name = http::HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| unreadable("a signed header is none"))?;
            let value = http::HeaderValue::from_str(value)
                .map_err(|_| unreadable("a signed header is none"))?;
            presigned.headers.insert(name, value);
        }
        Ok(presigned)
    }
}
