//! Addresses that get nothing more.

use async_trait::async_trait;
use integrations_core::email::{
    EmailAddress, RejectReason, Suppression, SuppressionKind, SuppressionList, SuppressionQuery,
    SuppressionStore,
};
use integrations_core::{Page, PageRequest, Result, unsupported};

use super::book::{Change, State, Tx};
use super::{LocalMailer, PAGE};

fn key(address: &EmailAddress, kind: &SuppressionKind, group: Option<&str>) -> String {
    // An address has no blank outside quotation marks and a kind none at all: no two entries meet.
    let group = group.map(|group| format!("{}:{group}", group.len()));
    format!(
        "{} {} {}",
        address.normalized(),
        kind.as_str(),
        group.unwrap_or_default()
    )
}

/// Why an address does not get a message of an unsubscribe group, if it does not.
pub(super) fn reason_against(
    state: &State,
    address: &EmailAddress,
    group: Option<&str>,
) -> Option<RejectReason> {
    of(state, address)
        .find(|entry| match (entry.group.as_deref(), group) {
            (None, _) => true,
            (Some(left), Some(group)) => left == group,
            (Some(_), None) => false,
        })
        .map(|entry| entry.kind.reject_reason())
}

/// Every entry of an address.
fn of<'a>(state: &'a State, address: &EmailAddress) -> impl Iterator<Item = &'a Suppression> {
    let start = format!("{} ", address.normalized());
    state
        .suppressions
        .range(start.clone()..)
        .take_while(move |(key, _)| key.starts_with(&start))
        .map(|(_, entry)| &**entry)
}

/// Puts an address on a list.
pub(super) fn add(tx: &mut Tx<'_>, mut entry: Suppression) {
    entry.created_at = Some(tx.now);
    let key = key(&entry.address, &entry.kind, entry.group.as_deref());
    tx.put(Change::Suppression(key, Some(Box::new(entry))));
}

#[async_trait]
impl SuppressionStore for LocalMailer {
    async fn list_suppressions(
        &self,
        query: &SuppressionQuery,
        page: &PageRequest,
    ) -> Result<Page<Suppression>> {
        if query.group.is_some() && !self.capabilities.unsubscribe_groups {
            return Err(unsupported(self, "unsubscribe_groups"));
        }
        let (query, page) = (query.clone(), page.clone());
        self.run(move |tx| {
            let entries = tx.state.suppressions.values();
            let wanted = entries.filter(|entry| query.matches(entry));
            Page::slice(wanted.map(|entry| (**entry).clone()).collect(), &page, PAGE)
        })
        .await
    }

    async fn get_suppressions(&self, address: &EmailAddress) -> Result<Vec<Suppression>> {
        let address = address.clone();
        self.run(move |tx| Ok(of(tx.state, &address).cloned().collect()))
            .await
    }

    async fn add_suppression(&self, suppression: &Suppression) -> Result<()> {
        let has = &self.capabilities;
        if !has.suppression_adds.contains(&suppression.kind) {
            return Err(unsupported(self, "suppression_adds"));
        }
        if suppression.group.is_some() && !has.unsubscribe_groups {
            return Err(unsupported(self, "unsubscribe_groups"));
        }
        let entry = suppression.clone();
        self.run(move |tx| {
            add(tx, entry);
            Ok(())
        })
        .await
    }

    async fn remove_suppression(
        &self,
        address: &EmailAddress,
        list: &SuppressionList,
    ) -> Result<()> {
        if list.group.is_some() && !self.capabilities.unsubscribe_groups {
            return Err(unsupported(self, "unsubscribe_groups"));
        }
        let key = key(address, &list.kind, list.group.as_deref());
        self.run(move |tx| {
            if tx.state.suppressions.contains_key(&key) {
                tx.put(Change::Suppression(key, None));
            }
            Ok(())
        })
        .await
    }
}
