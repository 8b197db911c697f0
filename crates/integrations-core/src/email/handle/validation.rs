//! Judging addresses.

use futures::{StreamExt, stream};

use super::{Mailer, group};
use crate::call;
use crate::email::{AddressReport, AddressValidator, AddressVerdict};
use crate::error::{Error, Result};

/// How many questions are under way at once.
const AT_ONCE: usize = 8;

impl Mailer {
    fn validator(&self) -> Result<&dyn AddressValidator> {
        let declared = self.capabilities().validation;
        group(declared, || self.provider.validation(), "validation")
    }

    /// Judges an address. Text that is no address is a verdict, not an error.
    ///
    /// # Errors
    /// What the provider answers when it cannot judge at all.
    pub async fn validate_address(&self, address: &str) -> Result<AddressReport> {
        call::run(&*self.provider, "validate_address", async {
            self.validator()?.validate_address(address).await
        })
        .await
    }

    /// Judges many addresses, with one result per address in the order given: in one call where the
    /// provider takes many
    /// ([`validation_batch`](crate::email::EmailCapabilities::validation_batch)), cut at its limit;
    /// otherwise eight at a time. A call that fails leaves the addresses of others their verdicts.
    /// An address that the provider does not answer for is [`AddressVerdict::Unknown`].
    pub async fn validate_addresses<S: AsRef<str>>(
        &self,
        addresses: &[S],
    ) -> Vec<Result<AddressReport>> {
        let has = self.capabilities();
        if !(has.validation && has.validation_batch) {
            let each: Vec<_> = addresses
                .iter()
                .map(|address| self.validate_address(address.as_ref()))
                .collect();
            return stream::iter(each).buffered(AT_ONCE).collect().await;
        }
        let most = has.max_validation_batch.unwrap_or(addresses.len()).max(1);
        let addresses: Vec<String> = addresses.iter().map(|one| one.as_ref().into()).collect();
        let calls: Vec<_> = addresses
            .chunks(most)
            .map(|part| self.validate_part(part))
            .collect();
        let parts: Vec<_> = stream::iter(calls).buffered(AT_ONCE).collect().await;
        parts.into_iter().flatten().collect()
    }

    async fn validate_part(&self, part: &[String]) -> Vec<Result<AddressReport>> {
        let answered = call::run(&*self.provider, "validate_addresses", async {
            self.validator()?.validate_addresses(part).await
        })
        .await;
        match answered {
            Ok(reports) => in_order(part, reports).into_iter().map(Ok).collect(),
            Err(error) => {
                let copies: Vec<_> = part.iter().skip(1).map(|_| Err(again(&error))).collect();
                std::iter::once(Err(error)).chain(copies).collect()
            }
        }
    }
}

/// The failure of a call for each further address that it was for.
fn again(error: &Error) -> Error {
    let mut copy = Error::new(error.kind(), error.message().to_owned())
        .with_effect(error.effect())
        .with_advice(error.advice().to_owned());
    if let (Some(provider), Some(operation)) = (error.provider(), error.operation()) {
        copy = copy
            .with_provider(provider.to_owned())
            .with_operation(operation.to_owned());
    }
    if let Some(status) = error.status() {
        copy = copy.with_status(status);
    }
    if let Some(code) = error.code() {
        copy = copy.with_code(code.to_owned());
    }
    if let Some(after) = error.retry_after() {
        copy = copy.with_retry_after(after);
    }
    copy
}

/// One verdict per address in the order given, whatever the provider answered.
fn in_order(wanted: &[String], reports: Vec<AddressReport>) -> Vec<AddressReport> {
    let mut left: Vec<_> = reports.into_iter().map(Some).collect();
    let mut ordered: Vec<AddressReport> = Vec::with_capacity(wanted.len());
    for address in wanted {
        let own = |report: &AddressReport| report.address.eq_ignore_ascii_case(address);
        let next = left
            .iter_mut()
            .find(|report| report.as_ref().is_some_and(own))
            .and_then(Option::take);
        // Providers answer once for an address that is named twice.
        let report = next.or_else(|| ordered.iter().find(|report| own(report)).cloned());
        ordered
            .push(report.unwrap_or_else(|| AddressReport::new(address, AddressVerdict::Unknown)));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_the_provider_forgot_is_unknown_and_the_others_keep_their_verdicts() {
        let report = |text: &str| AddressReport::new(text, AddressVerdict::Valid);
        let wanted = ["a@b.org", "c@d.org", "e@f.org", "a@b.org"].map(str::to_owned);
        let seen = in_order(&wanted, vec![report("E@f.org"), report("a@b.org")]);
        let seen: Vec<_> = seen.iter().map(|report| report.verdict).collect();
        let (valid, unknown) = (AddressVerdict::Valid, AddressVerdict::Unknown);
        assert_eq!(seen, [valid, unknown, valid, valid]);
    }
}
