//! Customers in the ledger.

use async_trait::async_trait;
use integrations_core::payment::{
    CreateCustomer, Customer, CustomerFilter, CustomerId, CustomerProvider, UpdateCustomer,
};
use integrations_core::{Error, Page, PageRequest, Result};

use super::LocalPayments;
use super::bank::keyed;
use super::billing;
use super::ledger::{Change, Tx};
use super::provider::PAGE;

pub(super) fn find(tx: &Tx<'_>, id: &CustomerId) -> Result<Box<Customer>> {
    tx.ledger
        .customers
        .get(id)
        .cloned()
        .ok_or_else(|| Error::not_found(format_args!("the customer {id}")))
}

/// Sets a text, or clears it when the new one is empty.
fn set(field: &mut Option<String>, new: &Option<String>) {
    if let Some(new) = new {
        *field = Some(new.clone()).filter(|new| !new.is_empty());
    }
}

#[async_trait]
impl CustomerProvider for LocalPayments {
    async fn create(&self, request: &CreateCustomer) -> Result<Customer> {
        self.capabilities.check_create_customer(request)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            let make = |tx: &mut Tx<'_>| {
                let mut customer = Customer::new(CustomerId::new(tx.id("cus")));
                customer.name.clone_from(&request.name);
                customer.email.clone_from(&request.email);
                customer.phone.clone_from(&request.phone);
                customer.description.clone_from(&request.description);
                customer.metadata.clone_from(&request.metadata);
                customer.created_at = Some(tx.now);
                let id = customer.id.clone();
                tx.put(Change::Customer(id.clone(), Some(Box::new(customer))));
                Ok(id.into_string())
            };
            let read = |tx: &mut Tx<'_>, id: &str| find(tx, &CustomerId::new(id)).map(|c| *c);
            keyed(tx, "create_customer", &request.key, &request, make, read)
        };
        self.run(act).await
    }

    async fn get(&self, id: &CustomerId) -> Result<Customer> {
        let id = id.clone();
        self.run(move |tx| find(tx, &id).map(|customer| *customer))
            .await
    }

    async fn update(&self, id: &CustomerId, request: &UpdateCustomer) -> Result<Customer> {
        self.capabilities.check_update_customer(request)?;
        let (id, request) = (id.clone(), request.clone());
        self.run(move |tx| {
            let mut customer = find(tx, &id)?;
            set(&mut customer.name, &request.name);
            set(&mut customer.email, &request.email);
            set(&mut customer.phone, &request.phone);
            set(&mut customer.description, &request.description);
            for (name, value) in request.metadata {
                if value.is_empty() {
                    customer.metadata.remove(&name);
                } else {
                    customer.metadata.insert(name, value);
                }
            }
            tx.put(Change::Customer(id, Some(customer.clone())));
            Ok(*customer)
        })
        .await
    }

    async fn delete(&self, id: &CustomerId) -> Result<()> {
        let id = id.clone();
        self.run(move |tx| {
            if !tx.ledger.customers.contains_key(&id) {
                return Ok(());
            }
            let methods: Vec<_> = tx
                .ledger
                .methods
                .values()
                .filter(|row| row.method.customer.as_ref() == Some(&id))
                .map(|row| row.method.id.clone())
                .collect();
            for method in methods {
                tx.put(Change::Method(method, None));
            }
            billing::end_all_of(tx, &id);
            tx.put(Change::Customer(id, None));
            Ok(())
        })
        .await
    }

    async fn list(&self, filter: &CustomerFilter, page: &PageRequest) -> Result<Page<Customer>> {
        if !self.capabilities.customer_list {
            return Err(Error::unsupported("customer_list"));
        }
        let (filter, page) = (filter.clone(), page.clone());
        self.run(move |tx| {
            let all = tx
                .ledger
                .customers
                .values()
                .filter(|customer| filter.email.is_none() || customer.email == filter.email)
                .map(|customer| (**customer).clone())
                .collect();
            Page::slice_by(all, &page, PAGE, |one| one.id.as_str())
        })
        .await
    }
}
