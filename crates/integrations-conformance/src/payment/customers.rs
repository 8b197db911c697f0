//! Customers.

use integrations_core::payment::{CreateCustomer, Customer, CustomerFilter, UpdateCustomer};

use super::Harness;
use crate::{Failure, Verdict, ensure_eq, ensure_kind};

async fn made(h: &Harness, name: &str) -> Result<Customer, Failure> {
    let request = CreateCustomer::new(h.key(name)?)
        .with_name("Zo\u{eb} Example")
        .with_email(email(h, name))
        .with_description("made by a test");
    Ok(h.payments.customers()?.create(request).await?)
}

fn email(h: &Harness, name: &str) -> String {
    format!("{name}-{}@shop.example", h.label)
}

pub(super) async fn a_customer_reads_back(h: Harness) -> Verdict {
    let customer = made(&h, "zoe").await?;
    let read = h.payments.customers()?.get(&customer.id).await?;
    ensure_eq!(read.name.as_deref(), Some("Zo\u{eb} Example"), "the name");
    ensure_eq!(read.email, Some(email(&h, "zoe")), "the email address");
    let description = read.description.as_deref();
    ensure_eq!(description, Some("made by a test"), "the description");
    Ok(())
}

pub(super) async fn an_update_changes_only_what_it_names(h: Harness) -> Verdict {
    let customers = h.payments.customers()?;
    let customer = made(&h, "zoe").await?;
    let update = UpdateCustomer::new()
        .with_name("Zoe Other")
        .with_description("");
    customers.update(&customer.id, update).await?;
    let read = customers.get(&customer.id).await?;
    ensure_eq!(read.name.as_deref(), Some("Zoe Other"), "the new name");
    ensure_eq!(read.email, Some(email(&h, "zoe")), "the email address");
    ensure_eq!(read.description, None, "the cleared description");
    Ok(())
}

pub(super) async fn a_deleted_customer_is_gone(h: Harness) -> Verdict {
    let customers = h.payments.customers()?;
    let customer = made(&h, "zoe").await?;
    customers.delete(&customer.id).await?;
    ensure_kind!(customers.get(&customer.id).await, NotFound, "reading it");
    ensure_kind!(
        customers.delete(&customer.id).await,
        NotFound,
        "deleting it again"
    );
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_customer(h: Harness) -> Verdict {
    let first = made(&h, "zoe").await?;
    let second = made(&h, "zoe").await?;
    ensure_eq!(second.id, first.id, "the second customer");
    Ok(())
}

pub(super) async fn customers_are_listed_by_email(h: Harness) -> Verdict {
    let wanted = made(&h, "zoe").await?;
    made(&h, "xzoe").await?;
    let filter = CustomerFilter::new().with_email(email(&h, "zoe"));
    let listed = h.payments.customers()?.list(filter).all().await?;
    let listed: Vec<_> = listed.into_iter().map(|customer| customer.id).collect();
    ensure_eq!(listed, [wanted.id], "the customers with that address");
    Ok(())
}
