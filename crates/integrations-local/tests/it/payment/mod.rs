//! The payment suite over the ledger in memory, in a folder and with fewer abilities; what the
//! folder promises; the faults that the suite must catch.
#![allow(clippy::unwrap_used)] // Helpers of tests, which clippy does not take for tests.

mod faults;
mod faulty;
mod folder;
mod time;

use std::sync::Arc;

use integrations_conformance::payment::{Harness, Instruments};
use integrations_core::payment::{DeclineReason, DisputeReason, Instrument, Payments};
use integrations_local::payment::{LocalPayments, Outcome, TEST_INSTRUMENTS};

/// The test instruments, as the module page lists them.
fn instruments() -> Instruments {
    let token = Instrument::token;
    let mut instruments = Instruments::new(token("tok_visa"))
        .with_action(token("tok_requires_action"))
        .with_always_action(token("tok_always_requires_action"))
        .with_saved_declines(token("tok_saves_then_declined"));
    for known in TEST_INSTRUMENTS {
        if let Outcome::Declines(reason) = &known.outcome {
            instruments = instruments.with_declined(token(known.token), reason.clone());
        }
    }
    instruments
}

/// A harness whose buyer and bank are the ledger's, and whose calls go through `payments`.
pub(crate) fn harness(bank: &LocalPayments, payments: Payments) -> Harness {
    let (buyer, disputer, reporter) = (bank.clone(), bank.clone(), bank.clone());
    let counted = bank.clone();
    Harness::new(payments, instruments())
        .with_requests(move || counted.requests())
        .with_buyer(Arc::new(move |action| {
            let bank = buyer.clone();
            Box::pin(async move { bank.follow(&action).await })
        }))
        .with_open_dispute(Arc::new(move |payment| {
            let bank = disputer.clone();
            Box::pin(async move {
                bank.open_dispute(&payment, DisputeReason::NotReceived)
                    .await
            })
        }))
        .with_report_status(Arc::new(move |payment, status| {
            let bank = reporter.clone();
            Box::pin(async move { bank.report_status(&payment, &status).await })
        }))
}

/// evidence: local_payment: suite: own reference: memory
mod memory {
    integrations_conformance::payment_tests!(
        async {
            let bank = integrations_local::payment::LocalPayments::in_memory();
            super::harness(&bank, bank.clone().into())
        },
        complete
    );
}

/// evidence: local_payment: suite: own reference: folder
mod in_folder {
    integrations_conformance::payment_tests!(
        async {
            let folder = tempfile::tempdir().unwrap().keep();
            let bank = integrations_local::payment::LocalPayments::open(&folder)
                .await
                .unwrap();
            // The open file outlives its name.
            std::fs::remove_dir_all(&folder).unwrap();
            super::harness(&bank, bank.clone().into())
        },
        complete
    );
}

#[tokio::test]
async fn no_behaviour_is_skipped() {
    let suite = integrations_conformance::payment::suite();
    let make = || async {
        let bank = LocalPayments::in_memory();
        harness(&bank, bank.clone().into())
    };
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "local", make, &options).await;
    assert!(report.is_green() && report.skipped == 0, "{report}");
}

#[tokio::test]
async fn with_fewer_abilities_the_suite_holds_and_what_is_missing_is_refused() {
    let suite = integrations_conformance::payment::suite();
    let make = || async {
        let least = integrations_core::payment::PaymentCapabilities::new();
        let bank = LocalPayments::in_memory().with_capabilities(least);
        harness(&bank, bank.clone().into())
    };
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "local", make, &options).await;
    assert!(report.is_green() && report.skipped > 0, "{report}");
}

#[test]
fn the_table_of_instruments_is_on_the_module_page() {
    let page = include_str!("../../../src/payment/mod.rs");
    for known in TEST_INSTRUMENTS {
        let cell = format!("`{}`", known.token);
        assert!(page.contains(&cell), "{cell} is not on the page");
    }
    let declines = |reason: &DeclineReason| {
        TEST_INSTRUMENTS
            .iter()
            .any(|known| known.outcome == Outcome::Declines(reason.clone()))
    };
    assert!(declines(&DeclineReason::LostCard) && declines(&DeclineReason::DoNotHonor));
}
