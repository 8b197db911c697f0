//! What is signed, seen in the requests: none of them leaves.

use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, ConfigBag, Credentials, Intercept, RuntimeComponents,
};
use aws_sdk_s3::error::BoxError;
use integrations_core::storage::{PutOptions, Storage};
use integrations_s3::{PayloadSigning, S3, S3Config};

use crate::counterpart::{KEY_ID, SECRET, key};

/// Keeps the headers of the last request, and stops it.
#[derive(Debug, Clone, Default)]
struct Stop(Arc<Mutex<[String; 3]>>);

impl Intercept for Stop {
    fn name(&self) -> &'static str {
        "Stop"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request().headers();
        let names = [
            "x-amz-content-sha256",
            "x-amz-checksum-crc32",
            "authorization",
        ];
        // They would tell of retries of the SDK's own, of which there are none.
        for name in ["amz-sdk-invocation-id", "amz-sdk-request"] {
            assert_eq!(headers.get(name), None, "{name}");
        }
        *self.0.lock().unwrap() = names.map(|name| headers.get(name).unwrap_or("").to_owned());
        Err("stopped".into())
    }
}

async fn put(endpoint: Option<&str>, signing: PayloadSigning) -> [String; 3] {
    let stop = Stop::default();
    let builder = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new(KEY_ID, SECRET, None, None, "test"))
        .interceptor(stop.clone());
    let mut config = S3Config::new("bucket");
    config.endpoint = endpoint.map(str::to_owned);
    config.payload_signing = signing;
    let storage = Storage::new(S3::from_sdk_config(builder, config).unwrap());
    let put = storage.put(&key("a"), "hello", PutOptions::default()).await;
    assert!(put.is_err());
    stop.0.lock().unwrap().clone()
}

// SHA-256 of "hello".
const HASH: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

#[tokio::test]
async fn bytes_are_signed_unless_tls_and_a_signed_checksum_protect_them() {
    // At Amazon: by TLS, with the checksum in a header that the signature covers.
    let [sha256, crc32, authorization] = put(None, PayloadSigning::Auto).await;
    assert_eq!(sha256, UNSIGNED);
    // CRC-32 of "hello" is 0x3610a686.
    assert_eq!(crc32, "NhCmhg==");
    assert!(authorization.contains("x-amz-checksum-crc32"));
    // Elsewhere no checksum is sent, or the connection is plain.
    for endpoint in ["https://localhost:9000", "http://localhost:9000"] {
        let [sha256, ..] = put(Some(endpoint), PayloadSigning::Auto).await;
        assert_eq!(sha256, HASH, "{endpoint}");
    }
}

#[tokio::test]
async fn the_setting_wins() {
    assert_eq!(put(None, PayloadSigning::Always).await[0], HASH);
    let plain = Some("http://localhost:9000");
    assert_eq!(put(plain, PayloadSigning::Never).await[0], UNSIGNED);
}
