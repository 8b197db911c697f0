//! Finding and listing payments.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use integrations_core::payment::{CreateCustomer, CustomerId, PaymentFilter, PaymentId};
use integrations_core::{PageRequest, Paged};

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq};

pub(super) async fn payments_are_found_by_reference(h: Harness) -> Verdict {
    let reference = format!("{}-o", h.label);
    let mut made = BTreeSet::new();
    for name in ["pay-1", "pay-2"] {
        let request = h.purchase(name, 10)?.with_reference(reference.as_str());
        made.insert(h.payments.create_payment(request).await?.id);
    }
    let longer = h
        .purchase("pay-3", 10)?
        .with_reference(format!("{reference}-2"));
    h.payments.create_payment(longer).await?;
    let found = h.payments.find_payments(reference.as_str()).all().await?;
    ensure_eq!(found.len(), 2, "the payments found");
    let found: BTreeSet<_> = found.into_iter().map(|payment| payment.id).collect();
    ensure_eq!(found, made, "the payments found");
    let none = h
        .payments
        .find_payments(format!("{reference}-none"))
        .all()
        .await?;
    ensure!(
        none.is_empty(),
        "a reference that nobody used finds {none:?}"
    );
    Ok(())
}

async fn customer_with_payments(
    h: &Harness,
    name: &str,
    count: usize,
) -> Result<(CustomerId, BTreeSet<PaymentId>), Failure> {
    let request = CreateCustomer::new(h.key(name)?);
    let customer = h.payments.customers()?.create(request).await?.id;
    let mut made = BTreeSet::new();
    for at in 0..count {
        let request = h
            .purchase(&format!("{name}-{at}"), 1)?
            .with_customer(customer.clone());
        made.insert(h.payments.create_payment(request).await?.id);
    }
    Ok((customer, made))
}

pub(super) async fn lists_are_complete_to_the_last_page(h: Harness) -> Verdict {
    let (customer, made) = customer_with_payments(&h, "many", 12).await?;
    let filter = PaymentFilter::new().with_customer(customer);
    let all = h.payments.list_payments(filter.clone()).all().await?;
    ensure_eq!(all.len(), 12, "the payments listed");
    for limit in [1, 5] {
        let first = PageRequest {
            cursor: None,
            limit: NonZeroU32::new(limit),
        };
        let (provider, filter) = (h.payments.provider().clone(), filter.clone());
        let pages = Paged::new(first, move |page| {
            let (provider, filter) = (provider.clone(), filter.clone());
            async move { provider.list_payments(&filter, &page).await }
        });
        let listed = pages.all().await?;
        ensure_eq!(listed.len(), 12, "the payments listed in pages of {limit}");
        let listed: BTreeSet<_> = listed.into_iter().map(|payment| payment.id).collect();
        ensure_eq!(listed, made, "the payments listed in pages of {limit}");
    }
    Ok(())
}

pub(super) async fn payments_are_listed_by_customer(h: Harness) -> Verdict {
    let (one, of_one) = customer_with_payments(&h, "one", 2).await?;
    let (_, _) = customer_with_payments(&h, "other", 1).await?;
    let filter = PaymentFilter::new().with_customer(one);
    let listed = h.payments.list_payments(filter).all().await?;
    let listed: BTreeSet<_> = listed.into_iter().map(|payment| payment.id).collect();
    ensure_eq!(listed, of_one, "the payments of the customer");
    Ok(())
}
