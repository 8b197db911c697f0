//! Creating, reading and continuing payments; declines and actions.

use integrations_core::money::{Currency, Money};
use integrations_core::payment::{
    ContinuePayment, CreatePayment, Decline, DeclineReason, Instrument, PaymentStatus,
    RefundPayment,
};
use integrations_core::{Effect, ErrorKind};

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn a_payment_takes_the_whole_amount(h: Harness) -> Verdict {
    let payment = h.payments.create_payment(h.purchase("pay", 10)?).await?;
    ensure_eq!(payment.status, PaymentStatus::Captured, "the status");
    ensure_eq!(payment.amount, h.units(10), "the amount");
    ensure_eq!(payment.captured, h.units(10), "what was taken");
    ensure_eq!(payment.refunded, h.units(0), "what was given back");
    ensure!(payment.is_paid(), "the payment is not paid: {payment:?}");
    Ok(())
}

pub(super) async fn a_payment_reads_back_as_it_was_answered(h: Harness) -> Verdict {
    let made = h.paid("pay", 10).await?;
    let read = h.read(&made.id).await?;
    ensure_eq!(read.id, made.id, "the id");
    ensure_eq!(read.amount, made.amount, "the amount");
    ensure_eq!(read.status, made.status, "the status");
    ensure_eq!(read.captured, made.captured, "what was taken");
    let ids = |payment: &integrations_core::payment::Payment| {
        payment
            .captures
            .iter()
            .map(|c| c.id.clone())
            .collect::<Vec<_>>()
    };
    ensure_eq!(ids(&read), ids(&made), "the captures");
    Ok(())
}

pub(super) async fn a_description_comes_back(h: Harness) -> Verdict {
    let request = h
        .purchase("pay", 10)?
        .with_description("Two books, one \u{e9}clair");
    let made = h.payments.create_payment(request).await?;
    let read = h.read(&made.id).await?;
    let expected = Some("Two books, one \u{e9}clair");
    ensure_eq!(read.description.as_deref(), expected, "the description");
    Ok(())
}

pub(super) async fn a_reference_comes_back(h: Harness) -> Verdict {
    let reference = format!("{}-o", h.label);
    let request = h.purchase("pay", 10)?.with_reference(reference.as_str());
    let made = h.payments.create_payment(request).await?;
    let read = h.read(&made.id).await?;
    let seen = read.reference.as_ref().map(|r| r.as_str());
    ensure_eq!(seen, Some(reference.as_str()), "the reference");
    Ok(())
}

pub(super) async fn metadata_comes_back(h: Harness) -> Verdict {
    let request = h.purchase("pay", 10)?;
    let request = request
        .with_metadata("order", "1042")
        .with_metadata("note", "a & b = c");
    let made = h.payments.create_payment(request.clone()).await?;
    let read = h.read(&made.id).await?;
    for (name, value) in &request.metadata {
        ensure_eq!(read.metadata.get(name), Some(value), "the metadata {name}");
    }
    Ok(())
}

pub(super) async fn amounts_are_exact_in_every_kind_of_currency(h: Harness) -> Verdict {
    for (currency, minor) in [
        (Currency::USD, 1_099),
        (Currency::EUR, 2_901),
        (Currency::JPY, 1_234),
        (Currency::HUF, 123_400),
        (Currency::ISK, 507),
        (Currency::KWD, 5_120),
    ] {
        if h.payments.currency_rule(currency).is_none() {
            continue;
        }
        let amount = Money::new(minor, currency);
        let key = h.key(currency.code())?;
        let request =
            CreatePayment::new(key, amount).with_instrument(h.instruments.success.clone());
        let made = h.payments.create_payment(request).await?;
        let read = h.read(&made.id).await?;
        ensure_eq!(read.amount, amount, "the amount in {currency}");
        ensure_eq!(read.captured, amount, "what was taken in {currency}");
    }
    Ok(())
}

pub(super) async fn an_amount_of_nothing_is_refused(h: Harness) -> Verdict {
    for minor in [0, -1, i64::MIN] {
        let mut request = h.purchase("pay", 1)?;
        request.amount = Money::new(minor, h.currency);
        ensure_kind!(
            h.payments.create_payment(request).await,
            InvalidInput,
            "an amount of {minor}"
        );
    }
    Ok(())
}

pub(super) async fn a_currency_without_a_rule_is_refused(h: Harness) -> Verdict {
    foreign_currency(&h).await
}

/// Asks for a payment in a currency that the provider has no rule for, where there is one.
pub(super) async fn foreign_currency(h: &Harness) -> Verdict {
    let foreign = Currency::all()
        .iter()
        .find(|currency| h.payments.currency_rule(**currency).is_none());
    if let Some(currency) = foreign {
        let mut request = h.purchase("pay", 1)?;
        request.amount = Money::new(10_000, *currency);
        ensure_kind!(
            h.payments.create_payment(request).await,
            Unsupported,
            "a payment in {currency}"
        );
    }
    Ok(())
}

pub(super) async fn a_card_number_is_refused(h: Harness) -> Verdict {
    let request = h
        .purchase("pay", 1)?
        .with_instrument(Instrument::token("4242424242424242"));
    let error = ensure_kind!(
        h.payments.create_payment(request).await,
        InvalidInput,
        "a card number"
    );
    ensure!(
        !format!("{error} {error:?}").contains("4242424242424242"),
        "the error repeats the card number"
    );
    Ok(())
}

pub(super) async fn a_decline_is_an_error_with_its_reason(h: Harness) -> Verdict {
    for (at, (instrument, reason)) in h.instruments.declined.iter().enumerate() {
        let request = h
            .purchase(&format!("pay-{at}"), 10)?
            .with_instrument(instrument.clone());
        let error = ensure_kind!(
            h.payments.create_payment(request).await,
            Declined,
            "an instrument that declines for {reason}"
        );
        ensure_eq!(error.effect(), Effect::NotApplied, "the effect");
        let Some(decline) = error.detail::<Decline>() else {
            return Err(Failure::new(format!("the error has no decline: {error}")));
        };
        ensure_eq!(decline.reason, *reason, "the reason");
    }
    Ok(())
}

/// The error of a declined payment.
async fn declined(h: &Harness) -> Result<integrations_core::Error, Failure> {
    let Some((instrument, _)) = h.instruments.declined.first() else {
        return Err(Failure::new("there is no declined instrument"));
    };
    let request = h.purchase("pay", 10)?.with_instrument(instrument.clone());
    Ok(ensure_kind!(
        h.payments.create_payment(request).await,
        Declined,
        "an instrument that declines"
    ))
}

pub(super) async fn a_declined_payment_is_not_settled(h: Harness) -> Verdict {
    let error = declined(&h).await?;
    let decline = error.detail::<Decline>();
    if let Some(id) = decline.and_then(|decline| decline.payment.as_ref()) {
        let payment = h.read(id).await?;
        ensure!(!payment.status.is_settled(), "it is {}", payment.status);
        ensure_eq!(payment.captured, h.units(0), "what was taken");
        ensure!(payment.last_decline.is_some(), "it does not say why");
    }
    Ok(())
}

pub(super) async fn a_declined_payment_goes_on_with_another_instrument(h: Harness) -> Verdict {
    let error = declined(&h).await?;
    let decline = error.detail::<Decline>();
    let Some(id) = decline.and_then(|decline| decline.payment.clone()) else {
        return Ok(());
    };
    if h.read(&id).await?.status != PaymentStatus::RequiresInstrument {
        return Ok(());
    }
    let request =
        ContinuePayment::new(h.key("again")?, id).with_instrument(h.instruments.success.clone());
    let payment = h.payments.continue_payment(request).await?;
    ensure!(payment.is_paid(), "it is {}", payment.status);
    ensure_eq!(payment.captured, h.units(10), "what was taken");
    Ok(())
}

/// A payment that waits for the buyer.
async fn asking(h: &Harness, name: &str) -> Result<integrations_core::payment::Payment, Failure> {
    let mut request = h.purchase(name, 10)?;
    request.instrument.clone_from(&h.instruments.action);
    Ok(h.payments.create_payment(request).await?)
}

pub(super) async fn an_action_is_no_payment(h: Harness) -> Verdict {
    let payment = asking(&h, "pay").await?;
    ensure_eq!(payment.status, PaymentStatus::RequiresAction, "the status");
    ensure!(payment.next_action.is_some(), "there is no next action");
    ensure!(!payment.is_paid(), "it is paid");
    ensure_eq!(payment.captured, h.units(0), "what was taken");
    let read = h.read(&payment.id).await?;
    ensure_eq!(
        read.status,
        PaymentStatus::RequiresAction,
        "the status read back"
    );
    Ok(())
}

pub(super) async fn continuing_before_the_buyer_acted_takes_nothing(h: Harness) -> Verdict {
    let payment = asking(&h, "pay").await?;
    let request = ContinuePayment::new(h.key("early")?, payment.id.clone());
    match h.payments.continue_payment(request).await {
        Ok(payment) => ensure!(!payment.is_paid(), "it is paid"),
        Err(error) => ensure!(
            matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Declined),
            "an unexpected error: {error}"
        ),
    }
    let read = h.read(&payment.id).await?;
    ensure_eq!(read.captured, h.units(0), "what was taken");
    Ok(())
}

pub(super) async fn a_payment_goes_on_after_the_action(h: Harness) -> Verdict {
    let payment = asking(&h, "pay").await?;
    h.agree(payment.next_action).await?;
    let request = ContinuePayment::new(h.key("continue")?, payment.id.clone());
    let payment = h.payments.continue_payment(request).await?;
    ensure!(payment.is_paid(), "it is {}", payment.status);
    ensure!(payment.next_action.is_none(), "it still asks for an action");
    Ok(())
}

pub(super) async fn continuing_a_paid_payment_takes_nothing_more(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    let request = ContinuePayment::new(h.key("continue")?, payment.id.clone());
    let again = h.payments.continue_payment(request).await?;
    ensure_eq!(again.id, payment.id, "the id");
    ensure_eq!(again.captured, h.units(10), "what was taken");
    ensure_eq!(again.captures.len(), payment.captures.len(), "the captures");
    Ok(())
}

pub(super) async fn a_payment_without_an_instrument_waits(h: Harness) -> Verdict {
    let request = CreatePayment::new(h.key("pay")?, h.units(10));
    let payment = h.payments.create_payment(request).await?;
    ensure!(!payment.status.is_settled(), "it is {}", payment.status);
    ensure_eq!(payment.captured, h.units(0), "what was taken");
    if payment.status == PaymentStatus::RequiresInstrument {
        let request = ContinuePayment::new(h.key("continue")?, payment.id)
            .with_instrument(h.instruments.success.clone());
        let payment = h.payments.continue_payment(request).await?;
        ensure!(payment.is_paid(), "it is {} with one", payment.status);
    } else {
        ensure!(payment.next_action.is_some(), "nobody can go on with it");
    }
    Ok(())
}

pub(super) async fn without_the_buyer_an_action_is_a_decline(h: Harness) -> Verdict {
    let mut request = h.purchase("pay", 10)?.off_session();
    request.instrument.clone_from(&h.instruments.action);
    let error = ensure_kind!(
        h.payments.create_payment(request).await,
        Declined,
        "an instrument that asks, off session"
    );
    let reason = error.detail::<Decline>().map(|decline| &decline.reason);
    let expected = Some(&DeclineReason::AuthenticationRequired);
    ensure_eq!(reason, expected, "the reason");
    Ok(())
}

pub(super) async fn an_unknown_status_is_never_settled(h: Harness) -> Verdict {
    let payment = h.paid("pay", 10).await?;
    let word = "under_some_review";
    if let Some(report) = &h.report_status {
        report(payment.id.clone(), word.to_owned()).await?;
    }
    let read = h.read(&payment.id).await?;
    ensure_eq!(
        read.status,
        PaymentStatus::Other(word.to_owned()),
        "the status"
    );
    ensure!(
        !read.status.is_settled() && !read.is_paid(),
        "it reads as paid"
    );
    Ok(())
}

pub(super) async fn a_missing_payment_is_not_found(h: Harness) -> Verdict {
    // An id in the provider's own form that cannot exist: the form may be checked first.
    let made = h.paid("pay", 10).await?;
    let end = made.id.as_str().len().saturating_sub(4);
    let id = format!("{}ZZZZ", made.id.as_str().get(..end).unwrap_or_default());
    let id = integrations_core::payment::PaymentId::new(id);
    ensure_kind!(h.read(&id).await, NotFound, "reading");
    let request = ContinuePayment::new(h.key("continue")?, id.clone());
    ensure_kind!(
        h.payments.continue_payment(request).await,
        NotFound,
        "continuing"
    );
    let request = RefundPayment::new(h.key("refund")?, id);
    ensure_kind!(h.payments.refund(request).await, NotFound, "refunding");
    Ok(())
}
