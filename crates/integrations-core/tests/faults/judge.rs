//! Whether what a caller was told is true, by what the ledger and the line know.

use std::collections::HashMap;

use integrations_core::testing::{Exchange, Fault, Idempotency, Ledger};
use integrations_core::{Effect, Error, Result};

use crate::provider::{Kind, Provider, READ_BACK, Receipt};

/// In which way a call is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// One call took effect twice.
    Duplicated,
    /// There is an effect, and the caller was told that there is none.
    Denied,
    /// There is no effect, and the caller was told of one.
    Missing,
    /// A call that only reads changed something, or is told as if it could have.
    ReadChanged,
    /// A success whose answer belongs to another call.
    AnotherAnswer,
    /// The outcome was told as unknown, and all answers came that it takes to know it.
    NotUnknown,
    /// The outcome is unknown, and the error does not say how to find out.
    NoReadBack,
    /// The way to find out does not lead to it.
    ReadBackFails,
}

/// The faults that each thing's requests met, in their order.
pub(crate) type Met = HashMap<String, Vec<Fault>>;

pub(crate) fn met(exchanges: Vec<Exchange>) -> Met {
    let mut met = Met::new();
    for exchange in exchanges {
        let faults = met.entry(exchange.uri.path().to_owned()).or_default();
        faults.push(exchange.fault);
    }
    met
}

/// Whether after this fault nobody can tell at the client whether the server acted. Written from
/// RFC 9110 and from what each fault does, not from what the transport makes of it.
fn leaves_in_doubt(fault: &Fault) -> bool {
    match fault {
        Fault::CutBefore
        | Fault::CutAfter
        | Fault::Slow(_)
        | Fault::Late(_)
        | Fault::Trickle(_) => true,
        Fault::Answer(answer) | Fault::AnswerAfter(answer) => match answer.status().as_u16() {
            // A page that is not the server's.
            200 => true,
            // "The server did not receive a complete request message": or a proxy did not get
            // the answer to it.
            408 => true,
            status => (500..600).contains(&status),
        },
        _ => false,
    }
}

/// What is wrong with what the caller of one call was told, if anything.
pub(crate) fn judge(
    kind: Kind,
    thing: &str,
    told: &Result<Receipt>,
    ledger: &Ledger,
    met: &Met,
) -> Option<Wrong> {
    if kind == Kind::Read {
        return read(thing, told, ledger);
    }
    if let Err(violation) = ledger.audit(thing, told) {
        use integrations_core::testing::ViolationKind;
        return Some(match violation.kind {
            ViolationKind::Duplicated => Wrong::Duplicated,
            ViolationKind::Denied => Wrong::Denied,
            _ => Wrong::Missing,
        });
    }
    let error = match told {
        Ok(receipt) if receipt.thing == thing && receipt.effects == 1 => return None,
        Ok(_) => return Some(Wrong::AnotherAnswer),
        Err(error) if error.effect() != Effect::Unknown => return None,
        Err(error) => error,
    };
    let doubts = met.get(thing);
    if !doubts.is_some_and(|faults| faults.iter().any(leaves_in_doubt)) {
        return Some(Wrong::NotUnknown);
    }
    (!says_how(kind, error)).then_some(Wrong::NoReadBack)
}

fn read(thing: &str, told: &Result<Receipt>, ledger: &Ledger) -> Option<Wrong> {
    match told {
        _ if ledger.effects(thing) > 0 => Some(Wrong::ReadChanged),
        Ok(receipt) if receipt.thing != thing => Some(Wrong::AnotherAnswer),
        Err(error) if error.effect() != Effect::NotApplied => Some(Wrong::ReadChanged),
        _ => None,
    }
}

/// Whether an error whose outcome is unknown says how to find out, in the error and in its line.
fn says_how(kind: Kind, error: &Error) -> bool {
    let how = match kind {
        Kind::Once => READ_BACK,
        Kind::Keyed => "same idempotency key",
        Kind::Idempotent | Kind::Read => "repeating it is harmless",
    };
    error.advice().contains(how) && error.to_string().contains(how)
}

/// Does what the error says, over a line without faults. Afterwards the caller has to know, and
/// nothing may have happened twice.
pub(crate) async fn follow(
    provider: Provider<'_>,
    kind: Kind,
    thing: &str,
    ledger: &Ledger,
    idempotency: Idempotency,
) -> Option<Wrong> {
    let before = ledger.effects(thing);
    let known = match kind {
        Kind::Read | Kind::Once => match provider.call(Kind::Read, thing).await {
            Ok(receipt) => receipt.effects == before,
            Err(_) => false,
        },
        Kind::Idempotent => provider.call(kind, thing).await.is_ok(),
        Kind::Keyed => match (provider.call(kind, thing).await, idempotency) {
            (Ok(receipt), _) => receipt.effects == 1,
            // It was done: that is what the refusal says.
            (Err(error), Idempotency::Refuses(status)) => {
                before == 1 && error.status() == Some(status)
            }
            (Err(_), _) => false,
        },
    };
    let again = ledger.effects(thing) > 1;
    (!known || again).then_some(Wrong::ReadBackFails)
}
