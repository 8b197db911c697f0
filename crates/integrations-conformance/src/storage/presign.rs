//! Requests that can be sent without credentials for a while.

use std::time::Duration;

use bytes::Bytes;
use integrations_core::storage::{PresignRequest, PresignedRequest};
use jiff::{SignedDuration, Timestamp};

use super::Harness;
use super::keys::ODD;
use crate::{Failure, Verdict, ensure, ensure_eq};

const HOUR: Duration = Duration::from_secs(3600);

/// Sends the request as its holder would.
async fn send(
    h: &Harness,
    request: PresignedRequest,
    body: &'static str,
) -> Result<(u16, Bytes), Failure> {
    match &h.redeem {
        Some(redeem) => Ok(redeem(request, Bytes::from_static(body.as_bytes())).await?),
        None => Err(Failure::new("there is no hook `redeem`")),
    }
}

async fn presign_get(h: &Harness, name: &str) -> Result<PresignedRequest, Failure> {
    Ok(h.storage
        .presign(PresignRequest::get(h.key(name), HOUR))
        .await?)
}

pub(super) async fn a_presigned_get_reads(h: Harness) -> Verdict {
    h.put("object", "bytes").await?;
    let request = presign_get(&h, "object").await?;
    ensure_eq!(request.method, http::Method::GET, "the method");
    let (status, body) = send(&h, request, "").await?;
    ensure_eq!(status, 200, "the status");
    ensure_eq!(body, "bytes", "the bytes");
    Ok(())
}

pub(super) async fn a_presigned_put_stores(h: Harness) -> Verdict {
    let request = h
        .storage
        .presign(PresignRequest::put(h.key("object"), HOUR))
        .await?;
    ensure_eq!(request.method, http::Method::PUT, "the method");
    let (status, _) = send(&h, request, "sent without credentials").await?;
    ensure!((200..300).contains(&status), "the status is {status}");
    h.holds("object", b"sent without credentials").await
}

pub(super) async fn a_presigned_read_does_not_write(h: Harness) -> Verdict {
    h.put("object", "as it was").await?;
    let mut request = presign_get(&h, "object").await?;
    request.method = http::Method::PUT;
    let (status, _) = send(&h, request, "overwritten").await?;
    ensure!(status >= 400, "a put by a presigned read answered {status}");
    h.holds("object", b"as it was").await
}

pub(super) async fn a_presigned_request_is_for_one_key(h: Harness) -> Verdict {
    h.put("object-a", "mine").await?;
    h.put("object-b", "not mine").await?;
    let mut request = presign_get(&h, "object-a").await?;
    let path = request.url.path().replace("object-a", "object-b");
    request.url.set_path(&path);
    let (status, body) = send(&h, request, "").await?;
    ensure!(status >= 400, "another object was read: {status} {body:?}");
    Ok(())
}

pub(super) async fn a_presigned_request_says_until_when_it_holds(h: Harness) -> Verdict {
    h.put("object", "bytes").await?;
    let request = presign_get(&h, "object").await?;
    let left = request.expires_at.duration_since(Timestamp::now());
    let hour = SignedDuration::from_hours(1);
    let minute = SignedDuration::from_mins(1);
    ensure!(
        left > hour - minute && left <= hour + minute,
        "asked for an hour, holds for {left}"
    );
    Ok(())
}

pub(super) async fn a_presigned_url_is_hidden_in_debug(h: Harness) -> Verdict {
    h.put("object", "bytes").await?;
    let request = presign_get(&h, "object").await?;
    let shown = format!("{request:?}");
    for (name, value) in request.url.query_pairs() {
        let secret = value.len() > 20;
        ensure!(
            !secret || !shown.contains(value.as_ref()),
            "`Debug` shows the value of {name}"
        );
    }
    Ok(())
}

pub(super) async fn odd_keys_are_presigned(h: Harness) -> Verdict {
    for name in ODD {
        h.put(name, name.as_bytes().to_vec()).await?;
        let request = presign_get(&h, name).await?;
        let (status, body) = send(&h, request, "").await?;
        ensure_eq!(status, 200, "the status for {name:?}");
        ensure_eq!(body, name, "the bytes of {name:?}");
    }
    Ok(())
}
