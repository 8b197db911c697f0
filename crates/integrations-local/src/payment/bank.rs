//! What the bank does: it tries payments, and remembers keys.

use integrations_core::money::Money;
use integrations_core::payment::{
    Authorization, AuthorizationId, AuthorizationStatus, Capture, CaptureId, CaptureMode,
    CaptureStatus, ContinuePayment, CreatePayment, Decline, DeclineReason, Instructions,
    Instrument, NextAction, Payment, PaymentId, PaymentStatus,
};
use integrations_core::{Error, ErrorKind, IdempotencyKey, Result};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use url::Url;

use super::billing;
use super::instruments::{self, Outcome};
use super::ledger::{Change, KeyOutcome, KeyRow, PaymentRow, Tx};

/// The host of the bank's pages. The top-level domain never resolves (RFC 2606).
pub(super) const HOST: &str = "bank.invalid";

/// How long a bank keeps money reserved.
const AUTHORIZATION_HOLDS: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(super) fn conflict(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Conflict, message.into())
}

/// Runs an act at most once per key. The same request again gives what was made, as it is now, or
/// the decline again.
pub(super) fn keyed<R: Serialize, T>(
    tx: &mut Tx<'_>,
    operation: &str,
    key: &IdempotencyKey,
    request: &R,
    act: impl FnOnce(&mut Tx<'_>) -> Result<String>,
    read: impl FnOnce(&mut Tx<'_>, &str) -> Result<T>,
) -> Result<T> {
    let name = format!("{operation} {key}");
    let request = serde_json::to_value(request)
        .map_err(|error| Error::internal("the request cannot be written").with_source(error))?;
    if let Some(row) = tx.ledger.keys.get(&name) {
        if row.request != request {
            return Err(Error::key_reused(key));
        }
        return match row.outcome.clone() {
            KeyOutcome::Made(id) => read(tx, &id),
            KeyOutcome::Declined(decline) => Err(decline.into_error()),
        };
    }
    let result = act(tx);
    let outcome = match &result {
        Ok(id) => KeyOutcome::Made(id.clone()),
        Err(error) => match error.detail::<Decline>() {
            Some(decline) => KeyOutcome::Declined(decline.clone()),
            None => return result.and_then(|id| read(tx, &id)),
        },
    };
    let row = Box::new(KeyRow { request, outcome });
    tx.put(Change::Key(name, Some(row)));
    result.and_then(|id| read(tx, &id))
}

/// A page of the bank.
pub(super) fn page(kind: &str, id: &str) -> Result<NextAction> {
    let url = Url::parse(&format!("https://{HOST}/{kind}/{id}"))
        .map_err(|error| Error::internal("the bank's page has no URL").with_source(error))?;
    Ok(NextAction::Redirect { url })
}

pub(super) fn payment(tx: &Tx<'_>, id: &PaymentId) -> Result<Box<PaymentRow>> {
    tx.ledger
        .payments
        .get(id)
        .cloned()
        .ok_or_else(|| Error::not_found(format_args!("the payment {id}")))
}

pub(super) fn keep(tx: &mut Tx<'_>, mut row: Box<PaymentRow>) {
    row.payment.updated_at = Some(tx.now);
    tx.put(Change::Payment(row.payment.id.clone(), Some(row)));
}

/// The payment as a caller sees it now: reservations run out by themselves.
pub(super) fn seen(row: &PaymentRow, now: Timestamp) -> Payment {
    let mut payment = row.payment.clone();
    let mut expired = false;
    for authorization in &mut payment.authorizations {
        if is_open(authorization) && authorization.expires_at.is_some_and(|at| at <= now) {
            authorization.status = AuthorizationStatus::Expired;
            expired = true;
        }
    }
    if expired {
        payment.capturable = Money::zero(payment.amount.currency());
        payment.status = if payment.captured.is_zero() {
            PaymentStatus::Canceled
        } else {
            PaymentStatus::Captured
        };
    }
    if let Some(status) = &row.reported {
        payment.status = PaymentStatus::from(status.clone());
    }
    payment
}

pub(super) fn is_open(authorization: &Authorization) -> bool {
    matches!(
        authorization.status,
        AuthorizationStatus::Authorized | AuthorizationStatus::PartiallyCaptured
    )
}

/// What pays: the test token, and whether the buyer confirmed it before.
pub(super) fn instrument(tx: &Tx<'_>, row: &mut PaymentRow, instrument: &Instrument) -> Result<()> {
    match instrument {
        Instrument::Token(token) => {
            instruments::find(token.expose()).ok_or_else(|| {
                Error::invalid_input("the token is not one of the test instruments")
            })?;
            row.token = Some(token.expose().to_owned());
            row.confirmed = false;
            row.payment.method = None;
        }
        Instrument::Saved(id) => {
            let method = tx
                .ledger
                .methods
                .get(id)
                .ok_or_else(|| Error::not_found(format_args!("the payment method {id}")))?;
            let owner = &method.method.customer;
            if row.payment.customer.is_some() && row.payment.customer != *owner {
                return Err(Error::invalid_input(
                    "the payment method belongs to another customer",
                ));
            }
            row.payment.customer.clone_from(owner);
            row.token = Some(method.token.clone());
            row.confirmed = method.confirmed;
            row.payment.method = Some(id.clone());
        }
        _ => return Err(Error::unsupported("this kind of instrument")),
    }
    Ok(())
}

/// Tries to pay. A decline is kept on the payment.
pub(super) fn attempt(tx: &mut Tx<'_>, row: &mut PaymentRow) -> Result<()> {
    let Some(known) = row.token.as_deref().and_then(instruments::find) else {
        row.payment.status = PaymentStatus::RequiresInstrument;
        return Ok(());
    };
    let asks = |row: &PaymentRow| page("confirm", row.payment.id.as_str());
    let action = match &known.outcome {
        Outcome::Succeeds => None,
        Outcome::AsksOnce if row.confirmed => None,
        Outcome::Declines(reason) | Outcome::SavesThenDeclines(reason) => {
            return decline(row, reason.clone());
        }
        Outcome::AsksOnce | Outcome::AlwaysAsks | Outcome::AsksThenDeclines(_)
            if row.off_session =>
        {
            return decline(row, DeclineReason::AuthenticationRequired);
        }
        Outcome::AsksOnce | Outcome::AlwaysAsks | Outcome::AsksThenDeclines(_) => {
            Some((PaymentStatus::RequiresAction, asks(row)?))
        }
        Outcome::ShowsInstructions => {
            let instructions = Instructions::new()
                .with_field("account", "LOCAL-BANK-1")
                .with_field("reference", row.payment.id.as_str());
            Some((
                PaymentStatus::RequiresAction,
                NextAction::ShowInstructions(instructions),
            ))
        }
        Outcome::Waits => Some((PaymentStatus::Processing, NextAction::Wait)),
    };
    match action {
        None => take(tx, row),
        Some((status, action)) => {
            row.payment.status = status;
            row.payment.next_action = Some(action);
            row.payment.last_decline = None;
            Ok(())
        }
    }
}

fn decline(row: &mut PaymentRow, reason: DeclineReason) -> Result<()> {
    let mut decline = Decline::new(reason).with_payment(row.payment.id.clone());
    decline.code = Some(decline.reason.as_str().to_owned());
    decline.method.clone_from(&row.payment.method);
    row.payment.status = PaymentStatus::RequiresInstrument;
    row.payment.next_action = None;
    row.payment.last_decline = Some(decline.clone());
    Err(decline.into_error())
}

/// The money is there: reserved or taken, as the payment asks.
fn take(tx: &mut Tx<'_>, row: &mut PaymentRow) -> Result<()> {
    let amount = row.payment.amount;
    row.payment.next_action = None;
    row.payment.last_decline = None;
    if row.manual {
        let id = AuthorizationId::new(tx.id("auth"));
        let mut authorization = Authorization::new(id, AuthorizationStatus::Authorized, amount);
        authorization.expires_at = tx.now.checked_add(AUTHORIZATION_HOLDS).ok();
        row.payment.authorizations.push(authorization);
        row.payment.capturable = amount;
        row.payment.status = PaymentStatus::Authorized;
    } else {
        let id = CaptureId::new(tx.id("cap"));
        let payment = row.payment.id.clone();
        let capture =
            Capture::new(id, payment, CaptureStatus::Completed, amount).with_created_at(tx.now);
        row.payment.captures.push(capture);
        row.payment.captured = amount;
        row.payment.status = PaymentStatus::Captured;
    }
    if let Some(subscription) = row.subscription.clone() {
        billing::paid(tx, &subscription, row);
    }
    Ok(())
}

/// A payment in the ledger that nothing was tried for yet.
pub(super) fn blank(tx: &mut Tx<'_>, amount: Money) -> Box<PaymentRow> {
    let id = PaymentId::new(tx.id("pay"));
    let mut payment = Payment::new(id, PaymentStatus::RequiresInstrument, amount);
    payment.created_at = Some(tx.now);
    Box::new(PaymentRow {
        payment,
        token: None,
        confirmed: false,
        manual: false,
        off_session: false,
        subscription: None,
        reported: None,
    })
}

/// Tries a payment and keeps it, declined or not.
pub(super) fn attempt_and_keep(tx: &mut Tx<'_>, mut row: Box<PaymentRow>) -> Result<String> {
    let id = row.payment.id.to_string();
    let result = attempt(tx, &mut row);
    match &result {
        Err(error) if error.kind() != ErrorKind::Declined => {}
        _ => keep(tx, row),
    }
    result.map(|()| id)
}

pub(super) fn create(tx: &mut Tx<'_>, request: &CreatePayment) -> Result<Payment> {
    let act = |tx: &mut Tx<'_>| {
        if let Some(customer) = &request.customer
            && !tx.ledger.customers.contains_key(customer)
        {
            return Err(Error::not_found(format_args!("the customer {customer}")));
        }
        let mut row = blank(tx, request.amount);
        row.payment.customer.clone_from(&request.customer);
        row.payment.reference.clone_from(&request.reference);
        row.payment.description.clone_from(&request.description);
        row.payment.metadata.clone_from(&request.metadata);
        row.payment.raw = serde_json::json!({
            "statement_descriptor": request.statement_descriptor,
            "receipt_email": request.receipt_email,
            "return_url": request.return_url,
        })
        .into();
        row.manual = request.capture == CaptureMode::Manual;
        row.off_session = request.off_session;
        if let Some(with) = &request.instrument {
            instrument(tx, &mut row, with)?;
        }
        attempt_and_keep(tx, row)
    };
    keyed(tx, "create_payment", &request.key, request, act, read)
}

pub(super) fn read(tx: &mut Tx<'_>, id: &str) -> Result<Payment> {
    get(tx, &PaymentId::new(id))
}

pub(super) fn get(tx: &Tx<'_>, id: &PaymentId) -> Result<Payment> {
    Ok(seen(&*payment(tx, id)?, tx.now))
}

pub(super) fn go_on(tx: &mut Tx<'_>, request: &ContinuePayment) -> Result<Payment> {
    let act = |tx: &mut Tx<'_>| {
        let mut row = payment(tx, &request.payment)?;
        let id = row.payment.id.to_string();
        let status = seen(&row, tx.now).status;
        match status {
            PaymentStatus::Canceled | PaymentStatus::Failed => {
                Err(conflict(format!("the payment {id} was given up")))
            }
            PaymentStatus::RequiresInstrument | PaymentStatus::RequiresAction
                if request.instrument.is_some() =>
            {
                if let Some(with) = &request.instrument {
                    instrument(tx, &mut row, with)?;
                }
                attempt_and_keep(tx, row)
            }
            _ if request.instrument.is_some() => Err(conflict(format!(
                "the payment {id} takes no other instrument: it is {status}"
            ))),
            PaymentStatus::RequiresConfirmation => {
                let known = row.token.as_deref().and_then(instruments::find);
                let result = match known.map(|known| &known.outcome) {
                    Some(Outcome::AsksThenDeclines(reason)) => decline(&mut row, reason.clone()),
                    _ => take(tx, &mut row),
                };
                keep(tx, row);
                result.map(|()| id)
            }
            _ => Ok(id),
        }
    };
    keyed(tx, "continue_payment", &request.key, request, act, read)
}

pub(super) fn approve(tx: &mut Tx<'_>, id: &PaymentId) -> Result<()> {
    let mut row = payment(tx, id)?;
    match row.payment.next_action.take() {
        Some(NextAction::Redirect { .. }) => {
            row.payment.status = PaymentStatus::RequiresConfirmation;
        }
        Some(_) => take(tx, &mut row)?,
        None => return Err(conflict(format!("the payment {id} asks for nothing"))),
    }
    keep(tx, row);
    Ok(())
}

pub(super) fn reject(tx: &mut Tx<'_>, id: &PaymentId) -> Result<()> {
    let mut row = payment(tx, id)?;
    if row.payment.next_action.is_none() {
        return Err(conflict(format!("the payment {id} asks for nothing")));
    }
    // The refusal is kept on the payment; for the test that plays the buyer it is no error.
    let _ = decline(&mut row, DeclineReason::AuthenticationFailed);
    keep(tx, row);
    Ok(())
}
