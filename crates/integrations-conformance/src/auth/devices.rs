//! Devices without a browser.

use std::time::Duration;

use integrations_core::SecretString;
use integrations_core::auth::{DeviceAuth, DevicePoll, Scopes};

use super::harness::{Decision, Harness, is_safe};
use crate::{Failure, Verdict, ensure, ensure_kind};

async fn start(h: &Harness) -> Result<DeviceAuth, Failure> {
    Ok(h.sign_in.device_start(&Scopes::sign_in()).await?)
}

async fn poll(h: &Harness, device: &DeviceAuth) -> Result<DevicePoll, Failure> {
    h.pass(device.interval + Duration::from_secs(1));
    Ok(h.sign_in.device_poll(device).await?)
}

pub(super) async fn a_device_signs_in(h: Harness) -> Verdict {
    let device = start(&h).await?;
    ensure!(!device.user_code.is_empty(), "there is no code to type");
    ensure!(
        is_safe(&device.verification_uri),
        "the address is {}",
        device.verification_uri
    );
    let pending = poll(&h, &device).await?;
    ensure!(
        matches!(pending, DevicePoll::Pending),
        "before the user decided: {pending:?}"
    );
    h.decide(&device, Decision::Approve).await?;
    match poll(&h, &device).await? {
        DevicePoll::Tokens(tokens) => {
            h.sign_in.user_profile(&tokens).await?;
            Ok(())
        }
        other => Err(Failure::new(format!("after the user said yes: {other:?}"))),
    }
}

pub(super) async fn a_device_is_denied(h: Harness) -> Verdict {
    let device = start(&h).await?;
    h.decide(&device, Decision::Deny).await?;
    let denied = poll(&h, &device).await?;
    ensure!(
        matches!(denied, DevicePoll::Denied),
        "after the user said no: {denied:?}"
    );
    Ok(())
}

pub(super) async fn polling_too_fast_is_told(h: Harness) -> Verdict {
    let device = start(&h).await?;
    h.sign_in.device_poll(&device).await?;
    let fast = h.sign_in.device_poll(&device).await?;
    ensure!(
        matches!(fast, DevicePoll::SlowDown),
        "the second poll at once: {fast:?}"
    );
    Ok(())
}

pub(super) async fn device_codes_expire(h: Harness) -> Verdict {
    let device = start(&h).await?;
    let left = device
        .expires_at
        .duration_since(h.sign_in.expect_now().now)
        .unsigned_abs();
    h.pass(left + Duration::from_secs(1));
    let late = h.sign_in.provider().device_poll(&device).await?;
    ensure!(
        matches!(late, DevicePoll::Expired),
        "after the end: {late:?}"
    );
    Ok(())
}

pub(super) async fn device_codes_are_good_once(h: Harness) -> Verdict {
    let device = start(&h).await?;
    h.decide(&device, Decision::Approve).await?;
    poll(&h, &device).await?;
    h.pass(device.interval + Duration::from_secs(1));
    ensure_kind!(
        h.sign_in.device_poll(&device).await,
        Unauthenticated,
        "the poll after the tokens"
    );
    Ok(())
}

pub(super) async fn a_made_up_device_code_is_refused(h: Harness) -> Verdict {
    let mut device = start(&h).await?;
    device.device_code = SecretString::from("made-up");
    ensure_kind!(
        h.sign_in.device_poll(&device).await,
        Unauthenticated,
        "the poll"
    );
    Ok(())
}
