//! Idempotency keys.

use integrations_core::payment::{CapturePayment, Decline, RefundPayment};
use integrations_core::{Effect, ErrorKind, RetryAdvice};

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn the_same_key_twice_is_one_payment(h: Harness) -> Verdict {
    let request = h.purchase("pay", 10)?;
    let first = h.payments.create_payment(request.clone()).await?;
    let second = h.payments.create_payment(request).await?;
    ensure_eq!(second.id, first.id, "the second payment");
    ensure_eq!(second.captured, h.units(10), "what was taken");
    ensure_eq!(second.captures.len(), first.captures.len(), "the captures");
    Ok(())
}

pub(super) async fn another_key_is_another_payment(h: Harness) -> Verdict {
    let first = h.paid("pay-1", 10).await?;
    let second = h.paid("pay-2", 10).await?;
    ensure!(first.id != second.id, "both keys gave {}", first.id);
    Ok(())
}

pub(super) async fn the_same_key_at_the_same_time_is_one_payment(h: Harness) -> Verdict {
    let request = h.purchase("pay", 10)?;
    let results =
        futures::future::join_all((0..4).map(|_| h.payments.create_payment(request.clone()))).await;
    let mut ids = Vec::new();
    for result in results {
        match result {
            Ok(payment) => ids.push(payment.id),
            // The first one is still on its way: a provider may say so, and to send it again.
            Err(error) => {
                ensure!(
                    matches!(error.kind(), ErrorKind::Conflict | ErrorKind::RateLimited),
                    "an unexpected error: {error}"
                );
                ensure_eq!(error.retry(), RetryAdvice::SameRequest, "how to repeat it");
            }
        }
    }
    ids.dedup();
    ensure_eq!(ids.len(), 1, "the payments made: {ids:?}");
    Ok(())
}

pub(super) async fn the_same_key_with_another_request_is_refused(h: Harness) -> Verdict {
    let first = h.paid("pay", 10).await?;
    match h.payments.create_payment(h.purchase("pay", 11)?).await {
        Ok(payment) => {
            return Err(Failure::new(format!(
                "a payment of {} was answered with one of {}",
                h.units(11),
                payment.amount
            )));
        }
        Err(error) => {
            let refused = matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InvalidInput);
            ensure!(refused, "an unexpected error: {error}");
            ensure_eq!(error.effect(), Effect::NotApplied, "the effect");
            // A new key would pay a second time: the caller has to look first.
            ensure_eq!(error.retry(), RetryAdvice::Never, "how to repeat it");
        }
    }
    let read = h.read(&first.id).await?;
    ensure_eq!(read.captured, h.units(10), "what was taken");
    Ok(())
}

pub(super) async fn a_decline_is_repeated_for_its_key(h: Harness) -> Verdict {
    let Some((instrument, reason)) = h.instruments.declined.first() else {
        return Ok(());
    };
    let request = h.purchase("pay", 10)?.with_instrument(instrument.clone());
    let mut payments = Vec::new();
    for time in ["first", "second"] {
        let error = ensure_kind!(
            h.payments.create_payment(request.clone()).await,
            Declined,
            "the {time} time"
        );
        ensure!(
            matches!(error.retry(), RetryAdvice::NewKey | RetryAdvice::Never),
            "the {time} time it is to be repeated as {:?}: the key has its answer",
            error.retry()
        );
        let decline = error.detail::<Decline>();
        ensure_eq!(
            decline.map(|d| &d.reason),
            Some(reason),
            "the {time} reason"
        );
        payments.push(decline.and_then(|decline| decline.payment.clone()));
    }
    payments.dedup();
    ensure_eq!(payments.len(), 1, "the payments declined: {payments:?}");
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_capture(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    let request = CapturePayment::new(h.key("capture")?, payment.id.clone())
        .with_amount(h.units(3))
        .keeping_rest();
    let first = h.payments.capture(request.clone()).await?;
    let second = h.payments.capture(request).await?;
    ensure_eq!(second.id, first.id, "the second capture");
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.captured, h.units(3), "what was taken");
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_refund(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    let request = RefundPayment::new(h.key("refund")?, payment.id.clone()).with_amount(h.units(3));
    let first = h.payments.refund(request.clone()).await?;
    let second = h.payments.refund(request).await?;
    ensure_eq!(second.id, first.id, "the second refund");
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.refunded, h.units(3), "what was given back");
    Ok(())
}

pub(super) async fn two_equal_refunds_with_two_keys_are_two(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    let refund = |key| RefundPayment::new(key, payment.id.clone()).with_amount(h.units(3));
    let first = h.payments.refund(refund(h.key("refund-1")?)).await?;
    let second = h.payments.refund(refund(h.key("refund-2")?)).await?;
    ensure!(first.id != second.id, "both keys gave {}", first.id);
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.refunded, h.units(6), "what was given back");
    Ok(())
}
