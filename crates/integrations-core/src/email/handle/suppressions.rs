//! Suppression lists.

use super::{Mailer, group};
use crate::call;
use crate::email::{
    EmailAddress, Suppression, SuppressionKind, SuppressionQuery, SuppressionStore, check,
};
use crate::error::{Error, Result};
use crate::page::{PageRequest, Paged};

impl Mailer {
    fn lists(&self) -> Result<&dyn SuppressionStore> {
        let declared = self.capabilities().suppressions;
        group(declared, || self.provider.suppressions(), "suppressions")
    }

    /// Every suppressed address.
    #[must_use]
    pub fn list_suppressions(
        &self,
        query: SuppressionQuery,
        first: PageRequest,
    ) -> Paged<Suppression> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let (this, query) = (this.clone(), query.clone());
            async move {
                call::run(&*this.provider, "list_suppressions", async {
                    this.lists()?.list_suppressions(&query, &page).await
                })
                .await
            }
        })
    }

    /// Everything for which an address is suppressed; empty when it is not.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn get_suppressions(&self, address: &EmailAddress) -> Result<Vec<Suppression>> {
        call::run(&*self.provider, "get_suppressions", async {
            self.lists()?.get_suppressions(address).await
        })
        .await
    }

    /// Puts an address on a suppression list.
    ///
    /// # Errors
    /// `Unsupported` for a kind that the provider adds only itself; `InvalidInput` for a group on
    /// anything but an unsubscribe.
    pub async fn add_suppression(&self, suppression: &Suppression) -> Result<()> {
        call::run(&*self.provider, "add_suppression", async {
            let lists = self.lists()?;
            let has = self.capabilities();
            self.need(
                has.suppression_adds.contains(&suppression.kind),
                "suppression_adds",
            )?;
            if let Some(group) = &suppression.group {
                self.need(has.unsubscribe_groups, "unsubscribe_groups")?;
                check::tag(group)?;
                if suppression.kind != SuppressionKind::Unsubscribe {
                    return Err(Error::invalid_input("only an unsubscribe has a group"));
                }
            }
            lists.add_suppression(suppression).await
        })
        .await
    }

    /// Takes an address off the list of a kind. Taking off what is not on it succeeds.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn remove_suppression(
        &self,
        address: &EmailAddress,
        kind: SuppressionKind,
    ) -> Result<()> {
        call::run(&*self.provider, "remove_suppression", async {
            self.lists()?.remove_suppression(address, kind).await
        })
        .await
    }
}
