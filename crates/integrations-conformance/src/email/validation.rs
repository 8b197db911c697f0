//! Judging addresses.

use integrations_core::email::AddressVerdict;

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq};

pub(super) async fn a_good_address_is_not_invalid(h: Harness) -> Verdict {
    let address = h.address("good");
    let report = h.mailer.validate_address(address.as_str()).await?;
    ensure_eq!(
        report.address,
        address.as_str(),
        "the address of the report"
    );
    ensure!(
        report.verdict != AddressVerdict::Invalid,
        "{address} is Invalid: {:?}",
        report.reasons
    );
    Ok(())
}

pub(super) async fn what_is_no_address_is_a_verdict_and_no_error(h: Harness) -> Verdict {
    for text in ["no address", "a@b@c", "@example.org", "ana@"] {
        let report = h.mailer.validate_address(text).await?;
        ensure_eq!(
            report.verdict,
            AddressVerdict::Invalid,
            "the verdict on {text:?}"
        );
        ensure!(
            !report.reasons.is_empty(),
            "there is no reason for {text:?}"
        );
    }
    Ok(())
}

pub(super) async fn many_addresses_are_judged_in_order(h: Harness) -> Verdict {
    let good = h.address("good");
    let texts = [good.as_str(), "no address", good.as_str()];
    let mut seen = Vec::new();
    for report in h.mailer.validate_addresses(&texts).await {
        let report = report?;
        seen.push((report.address, report.verdict == AddressVerdict::Invalid));
    }
    let wanted = texts.map(|text| (text.to_owned(), text == "no address"));
    ensure_eq!(seen, wanted, "whose verdicts there are");
    Ok(())
}

pub(super) async fn many_addresses_are_judged_in_one_call(h: Harness) -> Verdict {
    let driver = h.mailer.provider();
    let Some(validator) = driver.validation() else {
        return Err(Failure::new("the driver has no group of validation"));
    };
    let good = h.address("good");
    let texts = [good.as_str(), "no address", "ana@"].map(str::to_owned);
    let reports = validator.validate_addresses(&texts).await?;
    let seen: Vec<_> = reports.iter().map(|report| &report.address).collect();
    ensure_eq!(
        seen,
        texts.iter().collect::<Vec<_>>(),
        "whose verdicts there are"
    );
    let invalid: Vec<_> = reports
        .iter()
        .map(|report| report.verdict == AddressVerdict::Invalid)
        .collect();
    ensure_eq!(invalid, [false, true, true], "which are invalid");
    Ok(())
}
