//! Presigned requests of a store that no network reaches: who has the URL can redeem it at the
//! store itself.

use std::collections::BTreeMap;

use bytes::Bytes;
use integrations_core::storage::{
    GetOptions, ObjectKey, PresignMethod, PresignRequest, PresignedRequest, PutBody, PutOptions,
    StorageProvider,
};
use integrations_core::{Error, ErrorKind, Result};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::LocalStorage;

/// What was presigned, by the token in the URL.
#[derive(Default)]
pub(super) struct Grants(BTreeMap<String, Grant>);

impl std::fmt::Debug for Grants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The tokens are the permission.
        f.debug_struct("Grants")
            .field("count", &self.0.len())
            .finish()
    }
}

#[derive(Clone)]
struct Grant {
    method: http::Method,
    key: ObjectKey,
    content_type: Option<String>,
    expires_at: Timestamp,
}

impl LocalStorage {
    pub(super) fn grant(&self, request: &PresignRequest) -> Result<PresignedRequest> {
        let method = match request.method {
            PresignMethod::Get => http::Method::GET,
            PresignMethod::Put => http::Method::PUT,
            _ => return Err(Error::unsupported("this kind of presigned request")),
        };
        let now = Timestamp::now();
        let length = SignedDuration::try_from(request.expires_in)
            .map_err(|_| Error::invalid_input("the expiry is too far"))?;
        let expires_at = now
            .checked_add(length)
            .map_err(|_| Error::invalid_input("the expiry is too far"))?;
        let mut url = Url::parse("http://local-storage.localhost/")
            .map_err(|error| Error::internal("the base URL").with_source(error))?;
        // Segment by segment, because a slash in a key stays one and everything else is escaped.
        url.path_segments_mut()
            .map_err(|()| Error::internal("the base URL has no path"))?
            .clear()
            .extend(request.key.as_str().split('/'));
        let token = format!(
            "{}{}",
            uuid::Uuid::new_v4().simple(),
            uuid::Uuid::new_v4().simple()
        );
        url.query_pairs_mut().append_pair("token", &token);
        let mut presigned = PresignedRequest::new(method.clone(), url, expires_at);
        if let Some(content_type) = &request.content_type {
            let value = content_type
                .parse()
                .map_err(|_| Error::invalid_input("the content type is no header value"))?;
            presigned.headers.insert(http::header::CONTENT_TYPE, value);
        }
        let grant = Grant {
            method,
            key: request.key.clone(),
            content_type: request.content_type.clone(),
            expires_at,
        };
        let mut grants = self.grants();
        grants.0.retain(|_, grant| grant.expires_at > now);
        grants.0.insert(token, grant);
        Ok(presigned)
    }

    /// Carries out a presigned request, as a server would on its arrival at `now`: 200 with the
    /// bytes, 201 for a put, 403 for one that was not granted or has expired, 404 without an
    /// object. Grants hold as long as the store is open.
    ///
    /// # Errors
    /// What the store itself fails with.
    pub async fn redeem(
        &self,
        request: &PresignedRequest,
        body: Bytes,
        now: Timestamp,
    ) -> Result<(http::StatusCode, Bytes)> {
        let refused = (http::StatusCode::FORBIDDEN, Bytes::new());
        let token = request.url.query_pairs().find(|(name, _)| name == "token");
        let Some((_, token)) = token else {
            return Ok(refused);
        };
        let Some(grant) = self.grants().0.get(token.as_ref()).cloned() else {
            return Ok(refused);
        };
        let content_type = request
            .headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let typed = grant.content_type.is_none() || grant.content_type.as_deref() == content_type;
        let in_time = now < grant.expires_at;
        // The path that the grant was made for, in the same spelling.
        let path = path_of(&grant.key);
        if grant.method != request.method || path.as_deref() != Some(request.url.path()) {
            return Ok(refused);
        }
        if !typed || !in_time {
            return Ok(refused);
        }
        if grant.method == http::Method::GET {
            return match self.get(&grant.key, &GetOptions::default()).await {
                Ok(read) => Ok((http::StatusCode::OK, read.bytes().await?)),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    Ok((http::StatusCode::NOT_FOUND, Bytes::new()))
                }
                Err(error) => Err(error),
            };
        }
        let mut options = PutOptions::default();
        options.attributes.content_type = content_type.map(str::to_owned);
        self.put(&grant.key, PutBody::Bytes(body), &options).await?;
        Ok((http::StatusCode::CREATED, Bytes::new()))
    }
}

fn path_of(key: &ObjectKey) -> Option<String> {
    let mut url = Url::parse("http://local-storage.localhost/").ok()?;
    url.path_segments_mut()
        .ok()?
        .clear()
        .extend(key.as_str().split('/'));
    Some(url.path().to_owned())
}
