//! Suppression lists.

use super::{Mailer, group};
use crate::call;
use crate::email::{
    EmailAddress, Suppression, SuppressionKind, SuppressionList, SuppressionQuery,
    SuppressionStore, check,
};
use crate::error::{Error, Result};
use crate::page::{PageRequest, Paged};

impl Mailer {
    fn lists(&self) -> Result<&dyn SuppressionStore> {
        let declared = self.capabilities().suppressions;
        group(declared, || self.provider.suppressions(), "suppressions")
    }

    /// Every suppressed address of a query. A group where the provider has none is `Unsupported`,
    /// and `InvalidInput` with any kind but unsubscribes.
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
                    let lists = this.lists()?;
                    query.kind.as_ref().map_or(Ok(()), nameable)?;
                    this.check_group(query.group.as_deref(), query.kind.as_ref())?;
                    lists.list_suppressions(&query, &page).await
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
            let lists = self.lists()?;
            check::id("address", address.as_str())?;
            lists.get_suppressions(address).await
        })
        .await
    }

    /// Puts an address on a suppression list.
    ///
    /// # Errors
    /// `Unsupported` for a kind that the provider adds only itself; `InvalidInput` for a group on
    /// anything but an unsubscribe, or for text that is no address.
    pub async fn add_suppression(&self, suppression: &Suppression) -> Result<()> {
        call::run(&*self.provider, "add_suppression", async {
            let lists = self.lists()?;
            let has = self.capabilities();
            self.need(
                has.suppression_adds.contains(&suppression.kind),
                "suppression_adds",
            )?;
            check::address(&suppression.address)?;
            self.check_list(&suppression.into())?;
            lists.add_suppression(suppression).await
        })
        .await
    }

    /// Takes an address off one list: of a kind, or of one unsubscribe group
    /// ([`SuppressionList::group`]). It stays on every other, so whoever shall get everything again
    /// is taken off each list that [`get_suppressions`](Self::get_suppressions) answers. Taking off
    /// what is not on it succeeds.
    ///
    /// # Errors
    /// `Unsupported` for a kind that only the provider has a word for, or for a group where it has
    /// none; `InvalidInput` for a group on anything but an unsubscribe, or an empty address.
    pub async fn remove_suppression(
        &self,
        address: &EmailAddress,
        list: impl Into<SuppressionList>,
    ) -> Result<()> {
        let list = list.into();
        call::run(&*self.provider, "remove_suppression", async {
            let lists = self.lists()?;
            // Lists hold text that never was an address: it must be possible to take it off.
            check::id("address", address.as_str())?;
            nameable(&list.kind)?;
            self.check_list(&list)?;
            lists.remove_suppression(address, &list).await
        })
        .await
    }

    fn check_list(&self, list: &SuppressionList) -> Result<()> {
        self.check_group(list.group.as_deref(), Some(&list.kind))
    }

    fn check_group(&self, group: Option<&str>, kind: Option<&SuppressionKind>) -> Result<()> {
        let Some(group) = group else {
            return Ok(());
        };
        self.need(self.capabilities().unsubscribe_groups, "unsubscribe_groups")?;
        check::tag(group)?;
        match kind {
            None | Some(SuppressionKind::Unsubscribe) => Ok(()),
            Some(_) => Err(Error::invalid_input("only an unsubscribe has a group")),
        }
    }
}

/// A word of one provider means nothing to another, and may mean something else tomorrow.
fn nameable(kind: &SuppressionKind) -> Result<()> {
    match kind {
        SuppressionKind::Other(word) => Err(Error::unsupported(format_args!(
            "the kind of suppression {word:?}"
        ))),
        _ => Ok(()),
    }
}
