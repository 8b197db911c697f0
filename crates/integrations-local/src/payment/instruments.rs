//! The test instruments: tokens that succeed, decline or ask for an action.

use integrations_core::payment::DeclineReason;

/// What an instrument does when it is paid with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It pays.
    Succeeds,
    /// It is declined.
    Declines(DeclineReason),
    /// It asks the buyer to confirm (3-D Secure), then pays. Saved with the buyer's confirmation
    /// it pays without asking again.
    AsksOnce,
    /// It asks the buyer to confirm every time; without the buyer it is declined.
    AlwaysAsks,
    /// It asks the buyer to confirm, and is declined afterwards.
    AsksThenDeclines(DeclineReason),
    /// It can be saved, and is declined when it is paid with.
    SavesThenDeclines(DeclineReason),
    /// The buyer pays by bank transfer, some time later.
    ShowsInstructions,
    /// The bank takes its time.
    Waits,
}

/// A token that [`LocalPayments`](super::LocalPayments) knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestInstrument {
    /// The token.
    pub token: &'static str,
    /// The card's network, as a saved method shows it.
    pub brand: &'static str,
    /// The card's last four digits, as a saved method shows them.
    pub last4: &'static str,
    /// What it does.
    pub outcome: Outcome,
}

const fn instrument(
    token: &'static str,
    brand: &'static str,
    last4: &'static str,
    outcome: Outcome,
) -> TestInstrument {
    TestInstrument {
        token,
        brand,
        last4,
        outcome,
    }
}

const fn declined(
    token: &'static str,
    last4: &'static str,
    reason: DeclineReason,
) -> TestInstrument {
    instrument(token, "visa", last4, Outcome::Declines(reason))
}

/// Every token that [`LocalPayments`](super::LocalPayments) takes. Any other is `InvalidInput`.
pub const TEST_INSTRUMENTS: &[TestInstrument] = &[
    instrument("tok_visa", "visa", "4242", Outcome::Succeeds),
    instrument("tok_mastercard", "mastercard", "4444", Outcome::Succeeds),
    instrument("tok_amex", "amex", "0005", Outcome::Succeeds),
    declined("tok_declined", "0002", DeclineReason::Generic),
    declined(
        "tok_declined_insufficient_funds",
        "9995",
        DeclineReason::InsufficientFunds,
    ),
    declined(
        "tok_declined_expired_card",
        "0069",
        DeclineReason::ExpiredCard,
    ),
    declined(
        "tok_declined_incorrect_details",
        "0127",
        DeclineReason::IncorrectDetails,
    ),
    declined("tok_declined_lost_card", "9987", DeclineReason::LostCard),
    declined(
        "tok_declined_stolen_card",
        "9979",
        DeclineReason::StolenCard,
    ),
    declined(
        "tok_declined_do_not_honor",
        "0010",
        DeclineReason::DoNotHonor,
    ),
    declined(
        "tok_declined_suspected_fraud",
        "0019",
        DeclineReason::SuspectedFraud,
    ),
    declined(
        "tok_declined_limit_exceeded",
        "6975",
        DeclineReason::LimitExceeded,
    ),
    declined(
        "tok_declined_processing_error",
        "0119",
        DeclineReason::ProcessingError,
    ),
    instrument("tok_requires_action", "visa", "3155", Outcome::AsksOnce),
    instrument(
        "tok_always_requires_action",
        "visa",
        "3184",
        Outcome::AlwaysAsks,
    ),
    instrument(
        "tok_requires_action_then_declined",
        "visa",
        "3178",
        Outcome::AsksThenDeclines(DeclineReason::InsufficientFunds),
    ),
    instrument(
        "tok_saves_then_declined",
        "visa",
        "0341",
        Outcome::SavesThenDeclines(DeclineReason::InsufficientFunds),
    ),
    instrument(
        "tok_bank_transfer",
        "bank_transfer",
        "0000",
        Outcome::ShowsInstructions,
    ),
    instrument("tok_processing", "bank_debit", "0001", Outcome::Waits),
];

/// The instrument of a token.
pub(super) fn find(token: &str) -> Option<&'static TestInstrument> {
    TEST_INSTRUMENTS.iter().find(|known| known.token == token)
}
