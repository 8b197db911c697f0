//! Giving money back.

use integrations_core::ErrorKind;
use integrations_core::money::{Currency, Money};
use integrations_core::payment::{
    CapturePayment, Refund, RefundPayment, RefundReason, RefundStatus, RefundTarget,
};

use super::Harness;
use super::capture::ensure_refused;
use crate::{Verdict, ensure, ensure_eq};

/// A refund that was taken on: it may be on its way.
fn check(refund: &Refund) -> Verdict {
    let failed = matches!(refund.status, RefundStatus::Failed | RefundStatus::Canceled);
    ensure!(!failed, "the refund is {}", refund.status);
    Ok(())
}

pub(super) async fn a_refund_gives_all_back(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    let request = RefundPayment::new(h.key("refund")?, payment.id.clone());
    let refund = h.payments.refund(request).await?;
    check(&refund)?;
    ensure_eq!(refund.amount, h.units(10), "the refund");
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.refunded, h.units(10), "what was given back");
    ensure_eq!(read.captured, h.units(10), "what was taken");
    ensure_eq!(read.refundable(), h.units(0), "what is left");
    Ok(())
}

pub(super) async fn partial_refunds_add_up(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    for (name, units, total) in [("first", 3, 3), ("second", 2, 5)] {
        let request =
            RefundPayment::new(h.key(name)?, payment.id.clone()).with_amount(h.units(units));
        let refund = h.payments.refund(request).await?;
        check(&refund)?;
        ensure_eq!(refund.amount, h.units(units), "the {name} refund");
        let read = h.read(&payment.id).await?;
        ensure_eq!(
            read.refunded,
            h.units(total),
            "what was given back after the {name}"
        );
    }
    // Without an amount the rest, and not the whole, is given back.
    let rest = RefundPayment::new(h.key("rest")?, payment.id.clone());
    let rest = h.payments.refund(rest).await?;
    ensure_eq!(rest.amount, h.units(5), "the rest");
    Ok(())
}

pub(super) async fn refunding_more_than_is_left_is_refused(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    let part = RefundPayment::new(h.key("part")?, payment.id.clone()).with_amount(h.units(4));
    h.payments.refund(part).await?;
    for units in [7, 100] {
        let more = RefundPayment::new(h.key(&format!("more-{units}"))?, payment.id.clone())
            .with_amount(h.units(units));
        ensure_refused!(
            h.payments.refund(more).await,
            "refunding {units} of 6 that are left"
        );
    }
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.refunded, h.units(4), "what was given back");
    Ok(())
}

pub(super) async fn refunding_twice_is_refused(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    let first = RefundPayment::new(h.key("first")?, payment.id.clone());
    h.payments.refund(first).await?;
    let second = RefundPayment::new(h.key("second")?, payment.id.clone());
    ensure_refused!(h.payments.refund(second).await, "the second refund");
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.refunded, h.units(10), "what was given back");
    Ok(())
}

pub(super) async fn a_refund_in_another_currency_is_refused(h: Harness) -> Verdict {
    let other = if h.currency == Currency::EUR {
        Currency::USD
    } else {
        Currency::EUR
    };
    let payment = h.paid("pay", 10).await?;
    let request = RefundPayment::new(h.key("refund")?, payment.id.clone())
        .with_amount(Money::new(300, other));
    let Err(error) = h.payments.refund(request).await else {
        return Err(crate::Failure::new(format!(
            "a refund in {other} succeeded"
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
    ensure_eq!(read.refunded, h.units(0), "what was given back");
    Ok(())
}

pub(super) async fn a_refund_reads_back(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    let request = RefundPayment::new(h.key("refund")?, payment.id.clone());
    let made = h.payments.refund(request).await?;
    let read = h.payments.get_refund(&made.id).await?;
    ensure_eq!(read.id, made.id, "the id");
    ensure_eq!(read.payment, payment.id, "the payment");
    ensure_eq!(read.amount, h.units(10), "the amount");
    Ok(())
}

pub(super) async fn a_refund_keeps_its_reason(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    let request = RefundPayment::new(h.key("refund")?, payment.id)
        .with_reason(RefundReason::RequestedByCustomer);
    let made = h.payments.refund(request).await?;
    let read = h.payments.get_refund(&made.id).await?;
    let expected = Some(RefundReason::RequestedByCustomer);
    ensure_eq!(read.reason, expected, "the reason");
    Ok(())
}

pub(super) async fn every_refund_is_listed(h: Harness) -> Verdict {
    let payment = h.paid("pay", 50).await?;
    let other = h.paid("other", 10).await?;
    let request = RefundPayment::new(h.key("other-refund")?, other.id);
    h.payments.refund(request).await?;
    let mut made = Vec::new();
    for at in 0..12 {
        let request = RefundPayment::new(h.key(&format!("refund-{at}"))?, payment.id.clone())
            .with_amount(h.units(1));
        made.push(h.payments.refund(request).await?.id);
    }
    let listed = h.payments.list_refunds(&payment.id).all().await?;
    let mut listed: Vec<_> = listed.into_iter().map(|refund| refund.id).collect();
    made.sort();
    listed.sort();
    ensure_eq!(listed, made, "the refunds listed");
    Ok(())
}

pub(super) async fn what_was_not_taken_is_not_refunded(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    let request = RefundPayment::new(h.key("refund")?, payment.id.clone());
    ensure_refused!(
        h.payments.refund(request).await,
        "refunding what is only reserved"
    );
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.refunded, h.units(0), "what was given back");
    Ok(())
}

pub(super) async fn one_capture_of_several_is_refunded(h: Harness) -> Verdict {
    let payment = h.reserved("pay", 10).await?;
    let first = CapturePayment::new(h.key("first")?, payment.id.clone())
        .with_amount(h.units(4))
        .keeping_rest();
    let first = h.payments.capture(first).await?;
    let rest = CapturePayment::new(h.key("rest")?, payment.id.clone());
    let rest = h.payments.capture(rest).await?;
    let target = RefundTarget::from(&first);
    let refund = RefundPayment::new(h.key("refund")?, target.clone());
    let refund = h.payments.refund(refund).await?;
    ensure_eq!(refund.amount, h.units(4), "the refund");
    let again = RefundPayment::new(h.key("again")?, target);
    ensure_refused!(
        h.payments.refund(again).await,
        "refunding that capture again"
    );
    let read = h.read(&payment.id).await?;
    let of_rest = read.captures.iter().find(|capture| capture.id == rest.id);
    let of_rest = of_rest.map(|capture| capture.refunded);
    ensure_eq!(
        of_rest,
        Some(h.units(0)),
        "what was given back of the other capture"
    );
    Ok(())
}
