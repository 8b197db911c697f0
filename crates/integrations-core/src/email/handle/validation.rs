//! Judging addresses.

use futures::{StreamExt, stream};

use super::{Mailer, group};
use crate::call;
use crate::email::AddressReport;
use crate::error::Result;

impl Mailer {
    /// Judges an address. Text that is no address is a verdict, not an error.
    ///
    /// # Errors
    /// What the provider answers when it cannot judge at all.
    pub async fn validate_address(&self, address: &str) -> Result<AddressReport> {
        call::run(&*self.provider, "validate_address", async {
            let declared = self.capabilities().validation;
            let validator = group(declared, || self.provider.validation(), "validation")?;
            validator.validate_address(address).await
        })
        .await
    }

    /// Judges many addresses, eight at a time, with one result per address in the order given.
    pub async fn validate_addresses<S: AsRef<str>>(
        &self,
        addresses: &[S],
    ) -> Vec<Result<AddressReport>> {
        let each: Vec<_> = addresses
            .iter()
            .map(|address| self.validate_address(address.as_ref()))
            .collect();
        stream::iter(each).buffered(8).collect().await
    }
}
