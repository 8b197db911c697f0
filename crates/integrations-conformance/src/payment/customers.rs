//! Customers.

use integrations_core::payment::{CreateCustomer, Customer, CustomerFilter, UpdateCustomer};

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

/// The fields that the provider keeps, with what the tests put there.
#[derive(Default)]
struct Fields {
    name: Option<&'static str>,
    email: Option<String>,
    phone: Option<&'static str>,
    description: Option<&'static str>,
}

fn fields(h: &Harness, name: &str) -> Fields {
    let has = h.payments.capabilities();
    Fields {
        name: (has.max_customer_name_len > 0).then_some("Zo\u{eb} Example"),
        email: has
            .customer_email
            .then(|| format!("{name}-{}@shop.example", h.label)),
        phone: (has.max_customer_phone_len > 0).then_some("+1 555 0100"),
        description: (has.max_customer_description_len > 0).then_some("made by a test"),
    }
}

async fn made(h: &Harness, name: &str) -> Result<Customer, Failure> {
    let fields = fields(h, name);
    let mut request = CreateCustomer::new(h.key(name)?);
    request.name = fields.name.map(str::to_owned);
    request.email = fields.email;
    request.phone = fields.phone.map(str::to_owned);
    request.description = fields.description.map(str::to_owned);
    Ok(h.payments.customers()?.create(request).await?)
}

pub(super) async fn a_customer_reads_back(h: Harness) -> Verdict {
    let customer = made(&h, "zoe").await?;
    let read = h.payments.customers()?.get(&customer.id).await?;
    let wanted = fields(&h, "zoe");
    ensure_eq!(read.name.as_deref(), wanted.name, "the name");
    ensure_eq!(read.email, wanted.email, "the email address");
    ensure_eq!(read.phone.as_deref(), wanted.phone, "the phone number");
    let description = read.description.as_deref();
    ensure_eq!(description, wanted.description, "the description");
    Ok(())
}

pub(super) async fn an_update_changes_only_what_it_names(h: Harness) -> Verdict {
    let customers = h.payments.customers()?;
    let customer = made(&h, "zoe").await?;
    let before = fields(&h, "zoe");
    let mut update = UpdateCustomer::new();
    update.name = before.name.map(|_| "Zoe Other".to_owned());
    update.description = before.description.map(|_| String::new());
    customers.update(&customer.id, update.clone()).await?;
    let read = customers.get(&customer.id).await?;
    ensure_eq!(read.name, update.name, "the new name");
    ensure_eq!(read.email, before.email, "the email address");
    ensure_eq!(read.phone.as_deref(), before.phone, "the phone number");
    ensure_eq!(read.description, None, "the cleared description");
    Ok(())
}

pub(super) async fn a_deleted_customer_is_gone(h: Harness) -> Verdict {
    let customers = h.payments.customers()?;
    let customer = made(&h, "zoe").await?;
    customers.delete(&customer.id).await?;
    ensure_kind!(customers.get(&customer.id).await, NotFound, "reading it");
    Ok(())
}

pub(super) async fn deleting_a_customer_twice_is_no_error(h: Harness) -> Verdict {
    let customers = h.payments.customers()?;
    let (gone, other) = (made(&h, "zoe").await?, made(&h, "ann").await?);
    for time in ["first", "second"] {
        let deleted = customers.delete(&gone.id).await;
        ensure!(deleted.is_ok(), "the {time} time: {deleted:?}");
    }
    ensure_kind!(customers.get(&gone.id).await, NotFound, "reading it");
    customers.get(&other.id).await?;
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
    let filter = CustomerFilter::new().with_email(wanted.email.clone().unwrap_or_default());
    let listed = h.payments.customers()?.list(filter).all().await?;
    let listed: Vec<_> = listed.into_iter().map(|customer| customer.id).collect();
    ensure_eq!(listed, [wanted.id], "the customers with that address");
    Ok(())
}
