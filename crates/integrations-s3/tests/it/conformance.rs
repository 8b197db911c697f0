//! The storage suite on both servers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use integrations_conformance::storage::{Harness, Redeem};

use crate::counterpart::{Server, counted};

/// Sends presigned requests over HTTP, without credentials.
fn redeem() -> Redeem {
    let client = reqwest::Client::new();
    Arc::new(move |request, body| {
        let client = client.clone();
        Box::pin(async move {
            let sent = client
                .request(request.method, request.url)
                .headers(request.headers)
                .body(body)
                .send()
                .await
                .unwrap();
            let status = sent.status().as_u16();
            Ok((status, sent.bytes().await.unwrap()))
        })
    })
}

async fn harness(server: Server) -> Option<Harness> {
    let (s3, sent) = counted(server.new_bucket().await?);
    let harness = Harness::new(s3.into()).with_redeem(redeem());
    Some(harness.with_requests(move || sent.load(Ordering::Relaxed)))
}

/// evidence: s3: suite: independent server: s3s-fs
mod s3s_fs {
    integrations_conformance::storage_tests!(
        async { super::harness(crate::counterpart::Server::S3sFs).await },
        except crate::exceptions::S3S_FS,
        without crate::exceptions::ABSENT
    );
}

/// evidence: s3: suite: independent server: moto
mod moto {
    integrations_conformance::storage_tests!(
        async { super::harness(crate::counterpart::Server::Moto).await },
        except crate::exceptions::MOTO,
        without crate::exceptions::ABSENT
    );
}
