//! Reserving, capturing and giving up.

use integrations_core::ErrorKind;
use integrations_core::money::{Currency, Money};
use integrations_core::payment::{
    CapturePayment, CaptureStatus, ContinuePayment, PaymentStatus, VoidPayment,
};

use super::Harness;
use crate::{Verdict, ensure, ensure_eq};

/// Refused as wrong or as out of place, and nothing else.
macro_rules! ensure_refused {
    ($result:expr, $($what:tt)+) => {
        match $result {
            Ok(_) => return Err($crate::Failure::new(format!(
                "{} succeeded", format!($($what)+)
            ))),
            Err(error) => ensure!(
                matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Conflict),
                "{}: an unexpected error: {error}", format!($($what)+)
            ),
        }
    };
}
pub(super) use ensure_refused;

pub(super) async fn reserved_money_is_not_taken(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    ensure_eq!(payment.status, PaymentStatus::Authorized, "the status");
    ensure_eq!(payment.capturable, h.units(10), "what is reserved");
    ensure_eq!(payment.captured, h.units(0), "what was taken");
    ensure!(!payment.is_paid(), "it is paid");
    Ok(())
}

pub(super) async fn all_that_is_reserved_can_be_captured(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    let request = CapturePayment::new(h.key("capture")?, payment.id.clone());
    let capture = h.payments.capture(request).await?;
    ensure_eq!(capture.amount, h.units(10), "the capture");
    ensure_eq!(capture.payment, payment.id, "the capture's payment");
    let read = h.read(&payment.id).await?;
    ensure!(read.is_paid(), "it is {}", read.status);
    ensure_eq!(read.capturable, h.units(0), "what is still reserved");
    Ok(())
}

pub(super) async fn a_part_is_captured_and_the_rest_released(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    let request =
        CapturePayment::new(h.key("capture")?, payment.id.clone()).with_amount(h.units(4));
    let capture = h.payments.capture(request).await?;
    ensure_eq!(capture.amount, h.units(4), "the capture");
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.captured, h.units(4), "what was taken");
    ensure_eq!(read.capturable, h.units(0), "what is still reserved");
    ensure!(read.status.is_settled(), "it is {}", read.status);
    ensure!(!read.is_paid(), "a part reads as all of it");
    Ok(())
}

pub(super) async fn several_captures_add_up(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    let first = CapturePayment::new(h.key("first")?, payment.id.clone())
        .with_amount(h.units(4))
        .keeping_rest();
    h.payments.capture(first).await?;
    let read = h.read(&payment.id).await?;
    ensure_eq!(
        read.status,
        PaymentStatus::PartiallyCaptured,
        "the status between"
    );
    ensure_eq!(read.captured, h.units(4), "what was taken first");
    ensure_eq!(read.capturable, h.units(6), "what is still reserved");
    let rest = CapturePayment::new(h.key("rest")?, payment.id.clone());
    let rest = h.payments.capture(rest).await?;
    ensure_eq!(rest.amount, h.units(6), "the rest");
    let read = h.read(&payment.id).await?;
    ensure!(read.is_paid(), "it is {}", read.status);
    ensure_eq!(read.captures.len(), 2, "the captures");
    Ok(())
}

pub(super) async fn capturing_more_than_is_reserved_is_refused(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    let request =
        CapturePayment::new(h.key("capture")?, payment.id.clone()).with_amount(h.units(11));
    ensure_refused!(
        h.payments.capture(request).await,
        "capturing more than is reserved"
    );
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.captured, h.units(0), "what was taken");
    Ok(())
}

pub(super) async fn capturing_in_another_currency_is_refused(h: Harness) -> Verdict {
    let other = if h.currency == Currency::EUR {
        Currency::USD
    } else {
        Currency::EUR
    };
    let payment = h.reserved("pay", 10).await?;
    let request = CapturePayment::new(h.key("capture")?, payment.id.clone())
        .with_amount(Money::new(500, other));
    let Err(error) = h.payments.capture(request).await else {
        return Err(crate::Failure::new(format!(
            "a capture in {other} succeeded"
        )));
    };
    let kinds = [
        ErrorKind::InvalidInput,
        ErrorKind::Conflict,
        ErrorKind::Unsupported,
    ];
    ensure!(
        kinds.contains(&error.kind()),
        "an unexpected error: {error}"
    );
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.captured, h.units(0), "what was taken");
    Ok(())
}

pub(super) async fn capturing_twice_is_refused(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    let first = CapturePayment::new(h.key("first")?, payment.id.clone());
    h.payments.capture(first).await?;
    let second = CapturePayment::new(h.key("second")?, payment.id.clone());
    ensure_refused!(h.payments.capture(second).await, "the second capture");
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.captured, h.units(10), "what was taken");
    Ok(())
}

pub(super) async fn an_authorization_is_captured_by_its_id(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    let Some(authorization) = payment.authorizations.first() else {
        return Err(crate::Failure::new(
            "a reserved payment has no authorization",
        ));
    };
    ensure_eq!(authorization.amount, h.units(10), "what is reserved");
    let request = CapturePayment::new(h.key("capture")?, authorization.id.clone());
    let capture = h.payments.capture(request).await?;
    ensure!(
        capture.status.is_taken() || capture.status == CaptureStatus::Pending,
        "the capture is {}",
        capture.status
    );
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.captured, h.units(10), "what was taken");
    Ok(())
}

pub(super) async fn a_reservation_can_be_given_up(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    let request = VoidPayment::new(h.key("void")?, payment.id.clone());
    let voided = h.payments.void(request.clone()).await?;
    ensure_eq!(voided.status, PaymentStatus::Canceled, "the status");
    ensure_eq!(voided.capturable, h.units(0), "what is still reserved");
    let again = h.payments.void(request).await?;
    ensure_eq!(
        again.status,
        PaymentStatus::Canceled,
        "the status with the same key"
    );
    let capture = CapturePayment::new(h.key("capture")?, payment.id.clone());
    ensure_refused!(h.payments.capture(capture).await, "capturing it afterwards");
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.captured, h.units(0), "what was taken");
    Ok(())
}

pub(super) async fn an_open_payment_can_be_given_up(h: Harness) -> Verdict {
    let mut request = h.purchase("pay", 10)?;
    request.instrument.clone_from(&h.instruments.action);
    let payment = h.payments.create_payment(request).await?;
    let request = VoidPayment::new(h.key("void")?, payment.id.clone());
    let voided = h.payments.void(request).await?;
    ensure_eq!(voided.status, PaymentStatus::Canceled, "the status");
    let request = ContinuePayment::new(h.key("continue")?, payment.id)
        .with_instrument(h.instruments.success.clone());
    ensure_refused!(
        h.payments.continue_payment(request).await,
        "continuing it afterwards"
    );
    Ok(())
}

pub(super) async fn a_taken_payment_cannot_be_given_up(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    let request = VoidPayment::new(h.key("void")?, payment.id.clone());
    ensure_refused!(
        h.payments.void(request).await,
        "giving up a payment that was taken"
    );
    let read = h.read(&payment.id).await?;
    ensure!(read.is_paid(), "it is {}", read.status);
    Ok(())
}

pub(super) async fn an_action_can_end_in_a_reservation(h: Harness) -> Verdict {
    let mut request = h.purchase("pay", 10)?;
    request.instrument.clone_from(&h.instruments.action);
    let payment = h.payments.authorize(request).await?;
    ensure_eq!(payment.capturable, h.units(0), "what is reserved before");
    h.agree(payment.next_action).await?;
    let request = ContinuePayment::new(h.key("continue")?, payment.id);
    let payment = h.payments.continue_payment(request).await?;
    ensure_eq!(payment.status, PaymentStatus::Authorized, "the status");
    ensure_eq!(payment.capturable, h.units(10), "what is reserved");
    ensure_eq!(payment.captured, h.units(0), "what was taken");
    Ok(())
}
