//! Captures, voids and refunds.

use integrations_core::money::Money;
use integrations_core::payment::{
    AuthorizationId, AuthorizationStatus, Capture, CaptureId, CapturePayment, CaptureStatus,
    CaptureTarget, Payment, PaymentStatus, Refund, RefundId, RefundPayment, RefundStatus,
    RefundTarget, VoidPayment,
};
use integrations_core::{Error, Result};

use super::bank::{conflict, is_open, keep, keyed, payment, read, seen};
use super::disputes;
use super::ledger::{Change, PaymentRow, Tx};

/// The payment and its open reservation.
fn reserved(tx: &Tx<'_>, target: &CaptureTarget) -> Result<(Box<PaymentRow>, AuthorizationId)> {
    let row = match target {
        CaptureTarget::Payment(id) => payment(tx, id)?,
        CaptureTarget::Authorization(id) => tx
            .ledger
            .payments
            .values()
            .find(|row| row.payment.authorizations.iter().any(|a| a.id == *id))
            .cloned()
            .ok_or_else(|| Error::not_found(format_args!("the authorization {id}")))?,
        _ => return Err(Error::unsupported("this kind of capture target")),
    };
    let now = seen(&row, tx.now);
    now.authorizations
        .iter()
        .find(|a| is_open(a) && !matches!(target, CaptureTarget::Authorization(id) if a.id != *id))
        .map(|a| a.id.clone())
        .ok_or_else(|| {
            conflict(format!(
                "nothing is reserved for the payment {}: it is {}",
                now.id, now.status
            ))
        })
        .map(|authorization| (row, authorization))
}

pub(super) fn capture(tx: &mut Tx<'_>, request: &CapturePayment) -> Result<Capture> {
    let act = |tx: &mut Tx<'_>| {
        let (mut row, authorization) = reserved(tx, &request.target)?;
        let left = row.payment.capturable;
        let amount = at_most(request.amount, left, "reserved")?;
        let id = CaptureId::new(tx.id("cap"));
        let capture = Capture::new(
            id.clone(),
            row.payment.id.clone(),
            CaptureStatus::Completed,
            amount,
        )
        .with_authorization(authorization.clone())
        .with_created_at(tx.now);
        row.payment.captures.push(capture);
        row.payment.captured = row.payment.captured.checked_add(amount)?;
        let rest = left.checked_sub(amount)?;
        let stays = request.keep_rest && rest.is_positive();
        row.payment.capturable = if stays {
            rest
        } else {
            Money::zero(rest.currency())
        };
        row.payment.status = if stays {
            PaymentStatus::PartiallyCaptured
        } else {
            PaymentStatus::Captured
        };
        for a in &mut row.payment.authorizations {
            if a.id == authorization {
                a.captured = a.captured.checked_add(amount)?;
                a.status = if stays {
                    AuthorizationStatus::PartiallyCaptured
                } else {
                    AuthorizationStatus::Captured
                };
            }
        }
        keep(tx, row);
        Ok(id.into_string())
    };
    let read = |tx: &mut Tx<'_>, id: &str| {
        tx.ledger
            .payments
            .values()
            .flat_map(|row| &row.payment.captures)
            .find(|capture| capture.id.as_str() == id)
            .cloned()
            .ok_or_else(|| Error::not_found(format_args!("the capture {id}")))
    };
    keyed(tx, "capture", &request.key, request, act, read)
}

/// The amount asked for, or all that is left; never more.
fn at_most(amount: Option<Money>, left: Money, what: &str) -> Result<Money> {
    let amount = amount.unwrap_or(left);
    if amount.checked_cmp(left)?.is_gt() {
        return Err(Error::invalid_input(format!(
            "{amount} is more than the {left} that is {what}"
        )));
    }
    Ok(amount)
}

pub(super) fn void(
    tx: &mut Tx<'_>,
    request: &VoidPayment,
    unapproved: bool,
    authorized: bool,
) -> Result<Payment> {
    let act = |tx: &mut Tx<'_>| {
        let mut row = payment(tx, &request.payment)?;
        let status = seen(&row, tx.now).status;
        let (allowed, feature) = match status {
            PaymentStatus::Authorized | PaymentStatus::PartiallyCaptured => {
                (authorized, "void_authorized")
            }
            PaymentStatus::RequiresInstrument
            | PaymentStatus::RequiresAction
            | PaymentStatus::RequiresConfirmation => (unapproved, "void_unapproved"),
            _ => {
                return Err(conflict(format!(
                    "the payment {} cannot be given up: it is {status}",
                    row.payment.id
                )));
            }
        };
        if !allowed {
            return Err(Error::unsupported(feature));
        }
        for authorization in &mut row.payment.authorizations {
            if is_open(authorization) {
                authorization.status = if authorization.captured.is_zero() {
                    AuthorizationStatus::Voided
                } else {
                    AuthorizationStatus::Captured
                };
            }
        }
        row.payment.capturable = Money::zero(row.payment.amount.currency());
        row.payment.next_action = None;
        row.payment.status = if row.payment.captured.is_zero() {
            PaymentStatus::Canceled
        } else {
            PaymentStatus::Captured
        };
        let id = row.payment.id.to_string();
        keep(tx, row);
        Ok(id)
    };
    keyed(tx, "void", &request.key, request, act, read)
}

pub(super) fn refund(tx: &mut Tx<'_>, request: &RefundPayment) -> Result<Refund> {
    let act = |tx: &mut Tx<'_>| {
        let (id, wanted) = match &request.target {
            RefundTarget::Payment(id) => (id, None),
            RefundTarget::Capture { payment, capture } => (payment, Some(capture)),
            _ => return Err(Error::unsupported("this kind of refund target")),
        };
        let mut row = payment(tx, id)?;
        if row.payment.captures.is_empty() {
            return Err(conflict(format!("nothing was taken by the payment {id}")));
        }
        if wanted.is_none() && row.payment.captures.len() > 1 {
            return Err(Error::invalid_input(
                "the payment has several captures: name the one to refund",
            ));
        }
        if disputes::is_held(tx, id) {
            return Err(conflict(format!("the payment {id} is disputed")));
        }
        let capture = row
            .payment
            .captures
            .iter_mut()
            .find(|capture| wanted.is_none_or(|wanted| capture.id == *wanted))
            .ok_or_else(|| Error::not_found("the capture of that payment"))?;
        let left = capture.amount.checked_sub(capture.refunded)?;
        if left.is_zero() {
            return Err(conflict(format!("all of the payment {id} was refunded")));
        }
        let amount = at_most(request.amount, left, "left to refund")?;
        capture.refunded = capture.refunded.checked_add(amount)?;
        capture.status = if capture.refunded == capture.amount {
            CaptureStatus::Refunded
        } else {
            CaptureStatus::PartiallyRefunded
        };
        let capture = capture.id.clone();
        row.payment.refunded = row.payment.refunded.checked_add(amount)?;
        keep(tx, row);
        let payment = id.clone();
        let id = RefundId::new(tx.id("ref"));
        let mut refund = Refund::new(id.clone(), payment, RefundStatus::Completed, amount)
            .with_capture(capture)
            .with_metadata(request.metadata.clone())
            .with_created_at(tx.now);
        refund.reason.clone_from(&request.reason);
        tx.put(Change::Refund(id.clone(), Some(Box::new(refund))));
        Ok(id.into_string())
    };
    let read = |tx: &mut Tx<'_>, id: &str| get_refund(tx, &RefundId::new(id));
    keyed(tx, "refund", &request.key, request, act, read)
}

pub(super) fn get_refund(tx: &Tx<'_>, id: &RefundId) -> Result<Refund> {
    tx.ledger
        .refunds
        .get(id)
        .map(|refund| (**refund).clone())
        .ok_or_else(|| Error::not_found(format_args!("the refund {id}")))
}
