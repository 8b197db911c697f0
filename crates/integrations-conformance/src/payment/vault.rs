//! Saved methods.

use integrations_core::payment::{
    BeginSave, CreateCustomer, CustomerId, Decline, FinishSave, Instrument, PaymentMethod,
    SetupStatus,
};

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

pub(super) async fn customer(h: &Harness) -> Result<CustomerId, Failure> {
    let request = CreateCustomer::new(h.key("customer")?);
    Ok(h.payments.customers()?.create(request).await?.id)
}

/// Saves a method, with the buyer's help where it asks for it.
pub(super) async fn saved(
    h: &Harness,
    customer: &CustomerId,
    name: &str,
    instrument: &Instrument,
) -> Result<PaymentMethod, Failure> {
    let vault = h.payments.vault()?;
    let request =
        BeginSave::new(h.key(name)?, customer.clone()).with_instrument(instrument.clone());
    let mut setup = vault.begin_save(request).await?;
    if setup.status == SetupStatus::RequiresAction {
        h.agree(setup.next_action).await?;
        let request = FinishSave::new(h.key(&format!("{name}-finish"))?, setup.id);
        setup = vault.finish_save(request).await?;
    }
    match (setup.status, setup.method) {
        (SetupStatus::Saved, Some(method)) => Ok(method),
        (status, _) => Err(Failure::new(format!("the method is not saved: {status}"))),
    }
}

pub(super) async fn a_saved_method_pays(h: Harness) -> Verdict {
    let customer = customer(&h).await?;
    let method = saved(&h, &customer, "save", &h.instruments.success).await?;
    let read = h.payments.vault()?.get(&method.id).await?;
    ensure_eq!(
        read.customer,
        Some(customer.clone()),
        "the method's customer"
    );
    let request = h
        .purchase("pay", 10)?
        .with_customer(customer)
        .with_instrument(Instrument::saved(method.id));
    let payment = h.payments.create_payment(request).await?;
    ensure!(payment.is_paid(), "it is {}", payment.status);
    Ok(())
}

pub(super) async fn saving_can_ask_the_buyer(h: Harness) -> Verdict {
    let vault = h.payments.vault()?;
    let mut request = BeginSave::new(h.key("save")?, customer(&h).await?);
    request.instrument.clone_from(&h.instruments.action);
    let setup = vault.begin_save(request).await?;
    ensure_eq!(setup.status, SetupStatus::RequiresAction, "the status");
    ensure!(
        setup.method.is_none(),
        "it is saved before the buyer agreed"
    );
    h.agree(setup.next_action).await?;
    let request = FinishSave::new(h.key("finish")?, setup.id.clone());
    let finished = vault.finish_save(request).await?;
    ensure_eq!(finished.status, SetupStatus::Saved, "the status afterwards");
    let read = vault.get_setup(&setup.id).await?;
    ensure_eq!(read.status, SetupStatus::Saved, "the status read back");
    ensure!(read.method.is_some(), "no method was saved");
    Ok(())
}

pub(super) async fn saved_methods_are_listed(h: Harness) -> Verdict {
    let customer = customer(&h).await?;
    let mut made = Vec::new();
    for name in ["first", "second"] {
        made.push(saved(&h, &customer, name, &h.instruments.success).await?.id);
    }
    let listed = h.payments.vault()?.list(&customer).all().await?;
    let mut listed: Vec<_> = listed.into_iter().map(|method| method.id).collect();
    // A provider may know that both are the same card.
    made.sort();
    made.dedup();
    listed.sort();
    ensure_eq!(listed, made, "the methods listed");
    Ok(())
}

pub(super) async fn a_detached_method_is_gone(h: Harness) -> Verdict {
    let vault = h.payments.vault()?;
    let customer = customer(&h).await?;
    let method = saved(&h, &customer, "save", &h.instruments.success).await?;
    vault.detach(&method.id).await?;
    ensure_kind!(vault.get(&method.id).await, NotFound, "reading it");
    let listed = vault.list(&customer).all().await?;
    ensure!(listed.is_empty(), "it is still listed");
    let request = h
        .purchase("pay", 10)?
        .with_customer(customer)
        .with_instrument(Instrument::saved(method.id));
    let paid = h.payments.create_payment(request).await;
    ensure!(paid.is_err(), "it still pays");
    Ok(())
}

pub(super) async fn detaching_a_method_twice_is_no_error(h: Harness) -> Verdict {
    let vault = h.payments.vault()?;
    let customer = customer(&h).await?;
    let method = saved(&h, &customer, "save", &h.instruments.success).await?;
    for time in ["first", "second"] {
        let detached = vault.detach(&method.id).await;
        ensure!(detached.is_ok(), "the {time} time: {detached:?}");
    }
    ensure_kind!(vault.get(&method.id).await, NotFound, "reading it");
    Ok(())
}

pub(super) async fn a_declined_method_is_not_saved(h: Harness) -> Verdict {
    let vault = h.payments.vault()?;
    let customer = customer(&h).await?;
    let Some((instrument, _)) = h.instruments.declined.first() else {
        return Ok(());
    };
    let request =
        BeginSave::new(h.key("save")?, customer.clone()).with_instrument(instrument.clone());
    let error = ensure_kind!(vault.begin_save(request).await, Declined, "saving it");
    ensure!(error.detail::<Decline>().is_some(), "it does not say why");
    let listed = vault.list(&customer).all().await?;
    ensure!(listed.is_empty(), "it was saved");
    Ok(())
}

pub(super) async fn a_saved_method_can_be_declined(h: Harness) -> Verdict {
    let customer = customer(&h).await?;
    let Some(instrument) = &h.instruments.saved_declines else {
        return Ok(());
    };
    let method = saved(&h, &customer, "save", instrument).await?;
    let request = h
        .purchase("pay", 10)?
        .with_customer(customer)
        .with_instrument(Instrument::saved(method.id));
    let error = ensure_kind!(h.payments.create_payment(request).await, Declined, "paying");
    ensure!(error.detail::<Decline>().is_some(), "it does not say why");
    Ok(())
}
