//! Judging addresses without asking anybody: by their form, and by what is known of domains.

use async_trait::async_trait;
use integrations_core::email::{
    AddressReason, AddressReport, AddressValidator, AddressVerdict, EmailAddress,
};
use integrations_core::{Error, Result, unsupported};

use super::LocalMailer;
use super::book::State;
use super::suppressions::reason_against;

/// Roles of RFC 2142, and what else is read by nobody in particular.
const ROLES: [&str; 14] = [
    "abuse",
    "admin",
    "billing",
    "contact",
    "hostmaster",
    "info",
    "marketing",
    "no-reply",
    "noreply",
    "postmaster",
    "sales",
    "security",
    "support",
    "webmaster",
];

/// Services that give out addresses to be thrown away.
const DISPOSABLE: [&str; 8] = [
    "10minutemail.com",
    "guerrillamail.com",
    "mailinator.com",
    "sharklasers.com",
    "temp-mail.org",
    "throwawaymail.com",
    "trashmail.com",
    "yopmail.com",
];

/// Frequent slips, and what was meant.
const SLIPS: [(&str, &str); 10] = [
    ("gamil.com", "gmail.com"),
    ("gmai.com", "gmail.com"),
    ("gmail.co", "gmail.com"),
    ("gmial.com", "gmail.com"),
    ("gnail.com", "gmail.com"),
    ("hotmai.com", "hotmail.com"),
    ("hotmial.com", "hotmail.com"),
    ("outlok.com", "outlook.com"),
    ("yaho.com", "yahoo.com"),
    ("yahooo.com", "yahoo.com"),
];

/// Names under which there is never a host (RFC 2606, RFC 6761).
const NO_HOST: [&str; 1] = ["invalid"];

fn judge(text: &str) -> AddressReport {
    let Ok(address) = EmailAddress::new(text) else {
        return AddressReport::new(text, AddressVerdict::Invalid)
            .with_reason(AddressReason::Syntax);
    };
    let domain = address.domain().to_lowercase();
    let last = domain.rsplit('.').next().unwrap_or_default();
    if NO_HOST.contains(&last) {
        return AddressReport::new(text, AddressVerdict::Invalid)
            .with_reason(AddressReason::Domain);
    }
    let mut report = AddressReport::new(text, AddressVerdict::Valid);
    if let Some((_, meant)) = SLIPS.iter().find(|(slip, _)| *slip == domain) {
        report = report.with_reason(AddressReason::Typo);
        if let Ok(meant) = EmailAddress::new(format!("{}@{meant}", address.local_part())) {
            report = report.with_suggestion(meant);
        }
    }
    if DISPOSABLE.contains(&domain.as_str()) {
        report = report.with_reason(AddressReason::Disposable);
    }
    if ROLES.contains(&address.local_part().to_lowercase().as_str()) {
        report = report.with_reason(AddressReason::Role);
    }
    report
}

/// The verdict, with what this account knows of the address.
fn report(state: &State, text: &str) -> AddressReport {
    let mut report = judge(text);
    let address = EmailAddress::new(text);
    if address.is_ok_and(|address| reason_against(state, &address, None).is_some()) {
        report = report.with_reason(AddressReason::Suppressed);
    }
    if report.verdict == AddressVerdict::Valid && !report.reasons.is_empty() {
        report.verdict = AddressVerdict::Risky;
    }
    report
}

#[async_trait]
impl AddressValidator for LocalMailer {
    async fn validate_address(&self, address: &str) -> Result<AddressReport> {
        let address = address.to_owned();
        self.run(move |tx| Ok(report(tx.state, &address))).await
    }

    async fn validate_addresses(&self, addresses: &[String]) -> Result<Vec<AddressReport>> {
        if !self.capabilities.validation_batch {
            return Err(unsupported(self, "validation_batch"));
        }
        let most = self.capabilities.max_validation_batch;
        if most.is_some_and(|most| addresses.len() > most) {
            return Err(Error::invalid_input(
                "these are too many addresses for one call",
            ));
        }
        let addresses = addresses.to_vec();
        self.run(move |tx| Ok(addresses.iter().map(|one| report(tx.state, one)).collect()))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_domain_is_said() {
        let reasons = |text: &str| judge(text).reasons;
        assert_eq!(reasons("ana@example.org"), []);
        assert_eq!(reasons("no address"), [AddressReason::Syntax]);
        assert_eq!(reasons("ana@host.invalid"), [AddressReason::Domain]);
        assert_eq!(reasons("Postmaster@example.org"), [AddressReason::Role]);
        assert_eq!(reasons("ana@Mailinator.com"), [AddressReason::Disposable]);
        let slip = judge("ana@gmial.com");
        assert_eq!(slip.reasons, [AddressReason::Typo]);
        let meant = slip.did_you_mean.as_ref().map(EmailAddress::as_str);
        assert_eq!(meant, Some("ana@gmail.com"));
    }
}
