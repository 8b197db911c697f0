//! `aws-sdk-s3` itself, whole or with parts of it left out, to see what they cost.

use std::str::FromStr;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::service_clock_skew::ServiceClockSkewInterceptor;
use aws_runtime::user_agent::UserAgentInterceptor;
use aws_sdk_s3::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_s3::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, ConfigBag, IdentityCache, Intercept, Region,
    RequestChecksumCalculation, ResponseChecksumValidation, StalledStreamProtectionConfig,
};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::operation::upload_part::UploadPartOutput;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::disable_interceptor;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::FuturesUnordered;

use super::{Arm, Error, Result, Source};
use crate::{BUCKET, KEY_ID, PART, PARTS_UNDER_WAY, REGION, SECRET, SMALL};

/// A part of the SDK that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Credentials and signatures.
    Signing,
    /// The endpoint's rules: one that is known takes their place.
    Endpoint,
    /// Attempts, and the bucket of tokens that bounds them.
    Retry,
    /// Time limits and the protection against stalled streams.
    Timeouts,
    /// The four interceptors that write headers about client and invocation.
    Headers,
    /// The cache of identities.
    Cache,
    /// The SDK's HTTP client: `reqwest` takes its place.
    Client,
    /// HTTP altogether: an answer at once takes its place.
    Http,
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(match name {
            "signing" => Self::Signing,
            "endpoint" => Self::Endpoint,
            "retry" => Self::Retry,
            "timeouts" => Self::Timeouts,
            "headers" => Self::Headers,
            "cache" => Self::Cache,
            "client" => Self::Client,
            "http" => Self::Http,
            _ => return Err(format!("the SDK has no part {name:?} to leave out").into()),
        })
    }
}

pub struct Client(aws_sdk_s3::Client);

impl Client {
    pub fn new(endpoint: &str, checksums: bool, without: &[Part]) -> Self {
        let mut config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .force_path_style(true)
            .endpoint_url(endpoint);
        if !checksums {
            config = config
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        }
        config = match without.contains(&Part::Signing) {
            true => config.allow_no_auth(),
            false => {
                config.credentials_provider(Credentials::new(KEY_ID, SECRET, None, None, "bench"))
            }
        };
        for part in without {
            config = match part {
                Part::Signing => config,
                Part::Endpoint => config.endpoint_resolver(Known(format!("{endpoint}/{BUCKET}"))),
                Part::Retry => config.retry_config(RetryConfig::disabled()),
                Part::Timeouts => config
                    .timeout_config(TimeoutConfig::disabled())
                    .stalled_stream_protection(StalledStreamProtectionConfig::disabled()),
                Part::Headers => config.interceptor(NoHeaders),
                Part::Cache => config.identity_cache(IdentityCache::no_cache()),
                Part::Client => config.http_client(Reqwest(reqwest::Client::new())),
                Part::Http => config.http_client(AtOnce(Bytes::from(vec![b'x'; SMALL]))),
            };
        }
        Self(aws_sdk_s3::Client::from_conf(config.build()))
    }

    async fn put_part(
        &self,
        key: &str,
        id: &str,
        number: i32,
        bytes: Bytes,
    ) -> Result<(i32, UploadPartOutput)> {
        let request = self.0.upload_part().bucket(BUCKET).key(key).upload_id(id);
        let request = request.part_number(number).body(bytes.into());
        Ok((number, request.send().await?))
    }
}

#[async_trait]
impl Arm for Client {
    async fn put(&self, key: &str, body: Bytes) -> Result<()> {
        let request = self.0.put_object().bucket(BUCKET).key(key);
        request.body(body.into()).send().await?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Bytes> {
        let answer = self.0.get_object().bucket(BUCKET).key(key).send().await?;
        Ok(answer.body.collect().await?.into_bytes())
    }

    async fn upload(&self, key: &str, mut source: Source) -> Result<()> {
        let request = self.0.create_multipart_upload().bucket(BUCKET).key(key);
        let created = request.send().await?;
        let id = created.upload_id().ok_or("no upload id")?;
        let (mut number, mut under_way) = (0, FuturesUnordered::new());
        let (mut part, mut ended) = (BytesMut::with_capacity(PART), false);
        let mut done = Vec::new();
        while !ended {
            match source.next().await {
                Some(piece) => part.extend_from_slice(&piece),
                None => ended = true,
            }
            if part.len() >= PART || (ended && !part.is_empty()) {
                while under_way.len() >= PARTS_UNDER_WAY {
                    done.extend(under_way.next().await.transpose()?);
                }
                number += 1;
                let full = std::mem::replace(&mut part, BytesMut::with_capacity(PART));
                under_way.push(self.put_part(key, id, number, full.freeze()));
            }
        }
        while let Some(part) = under_way.next().await {
            done.push(part?);
        }
        done.sort_by_key(|(number, _)| *number);
        let parts = done.into_iter().map(|(number, part)| {
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(part.e_tag().map(str::to_owned))
                .set_checksum_crc32(part.checksum_crc32().map(str::to_owned))
                .build()
        });
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect()));
        let request = self.0.complete_multipart_upload().bucket(BUCKET).key(key);
        let request = request.upload_id(id).multipart_upload(parts.build());
        request.send().await?;
        Ok(())
    }

    async fn download(&self, key: &str) -> Result<u64> {
        let answer = self.0.get_object().bucket(BUCKET).key(key).send().await?;
        let mut body: ByteStream = answer.body;
        let mut size = 0;
        while let Some(piece) = body.next().await {
            size += piece?.len() as u64;
        }
        Ok(size)
    }
}

/// An endpoint that needs no rules.
#[derive(Debug)]
struct Known(String);

impl ResolveEndpoint for Known {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(Endpoint::builder().url(self.0.clone()).build()))
    }
}

#[derive(Debug)]
struct NoHeaders;

impl Intercept for NoHeaders {
    fn name(&self) -> &'static str {
        "NoHeaders"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let state = config.interceptor_state();
        state.store_put(disable_interceptor::<UserAgentInterceptor>("measured"));
        state.store_put(disable_interceptor::<InvocationIdInterceptor>("measured"));
        state.store_put(disable_interceptor::<RequestInfoInterceptor>("measured"));
        state.store_put(disable_interceptor::<ServiceClockSkewInterceptor>(
            "measured",
        ));
        Ok(())
    }
}

/// `reqwest` as the SDK's HTTP client.
#[derive(Debug, Clone)]
struct Reqwest(reqwest::Client);

impl HttpClient for Reqwest {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Reqwest {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?
                .map(reqwest::Body::wrap);
            let request = request
                .try_into()
                .map_err(|error: reqwest::Error| ConnectorError::user(error.into()))?;
            let response = client.execute(request).await;
            let response = response.map_err(|error| ConnectorError::io(error.into()))?;
            let response = http::Response::from(response).map(SdkBody::from_body_1_x);
            response
                .try_into()
                .map_err(|error| ConnectorError::user(Box::new(error)))
        })
    }
}

/// An answer that no network brings.
#[derive(Debug, Clone)]
struct AtOnce(Bytes);

impl HttpClient for AtOnce {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for AtOnce {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let reads = request.method() == "GET";
        let body = match reads {
            true => SdkBody::from_body_1_x(http_body_util::Full::new(self.0.clone())),
            false => SdkBody::empty(),
        };
        let answer = http::Response::builder()
            .header("etag", "\"0123456789abcdef0123456789abcdef\"")
            .header("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT")
            .header("content-type", "application/octet-stream")
            .header("content-length", if reads { self.0.len() } else { 0 })
            .body(body);
        HttpConnectorFuture::ready(answered(answer))
    }
}

fn answered(
    answer: http::Result<http::Response<SdkBody>>,
) -> std::result::Result<HttpResponse, ConnectorError> {
    let answer = answer.map_err(|error| ConnectorError::user(error.into()))?;
    answer
        .try_into()
        .map_err(|error| ConnectorError::user(Box::new(error)))
}
