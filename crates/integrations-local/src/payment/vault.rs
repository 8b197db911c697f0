//! Saved methods in the ledger.

use async_trait::async_trait;
use integrations_core::payment::{
    BeginSave, CardSummary, CustomerId, Decline, DeclineReason, FinishSave, Instrument, MethodKind,
    PaymentMethod, PaymentMethodId, Setup, SetupId, SetupStatus, VaultProvider,
};
use integrations_core::{Error, Page, PageRequest, Result};

use super::LocalPayments;
use super::bank::{conflict, keyed, page};
use super::customers;
use super::instruments::{self, Outcome, TestInstrument};
use super::ledger::{Change, MethodRow, SetupRow, Tx};
use super::provider::PAGE;

fn find(tx: &Tx<'_>, id: &SetupId) -> Result<Box<SetupRow>> {
    tx.ledger
        .setups
        .get(id)
        .cloned()
        .ok_or_else(|| Error::not_found(format_args!("the setup {id}")))
}

fn keep(tx: &mut Tx<'_>, row: Box<SetupRow>) {
    tx.put(Change::Setup(row.setup.id.clone(), Some(row)));
}

fn known(instrument: &Instrument) -> Result<&'static TestInstrument> {
    match instrument {
        Instrument::Token(token) => instruments::find(token.expose())
            .ok_or_else(|| Error::invalid_input("the token is not one of the test instruments")),
        _ => Err(Error::invalid_input("the payment method is saved already")),
    }
}

/// Tries to save a method.
fn attempt(tx: &mut Tx<'_>, row: &mut SetupRow, known: &TestInstrument) -> Result<()> {
    row.token = Some(known.token.to_owned());
    match &known.outcome {
        Outcome::Declines(reason) => decline(row, reason.clone()),
        Outcome::AsksOnce | Outcome::AlwaysAsks | Outcome::AsksThenDeclines(_) => {
            row.setup.status = SetupStatus::RequiresAction;
            row.setup.next_action = Some(page("save", row.setup.id.as_str())?);
            Ok(())
        }
        _ => {
            save(tx, row, known, false);
            Ok(())
        }
    }
}

fn decline(row: &mut SetupRow, reason: DeclineReason) -> Result<()> {
    let mut decline = Decline::new(reason);
    decline.code = Some(decline.reason.as_str().to_owned());
    row.setup.status = SetupStatus::RequiresInstrument;
    row.setup.next_action = None;
    row.setup.last_decline = Some(decline.clone());
    Err(decline.into_error())
}

fn save(tx: &mut Tx<'_>, row: &mut SetupRow, known: &TestInstrument, confirmed: bool) {
    let id = PaymentMethodId::new(tx.id("pm"));
    let card = CardSummary::new(known.brand, known.last4).with_expiry(12, 2099);
    let mut method = PaymentMethod::new(id.clone(), MethodKind::Card(card));
    method.customer = Some(row.setup.customer.clone());
    method.created_at = Some(tx.now);
    let saved = MethodRow {
        method: method.clone(),
        token: known.token.to_owned(),
        confirmed,
    };
    tx.put(Change::Method(id, Some(Box::new(saved))));
    row.setup.status = SetupStatus::Saved;
    row.setup.next_action = None;
    row.setup.last_decline = None;
    row.setup.method = Some(method);
}

pub(super) fn approve(tx: &mut Tx<'_>, id: &SetupId) -> Result<()> {
    let mut row = find(tx, id)?;
    if row.setup.next_action.take().is_none() {
        return Err(conflict(format!("the setup {id} asks for nothing")));
    }
    row.setup.status = SetupStatus::RequiresConfirmation;
    keep(tx, row);
    Ok(())
}

fn read(tx: &mut Tx<'_>, id: &str) -> Result<Setup> {
    find(tx, &SetupId::new(id)).map(|row| row.setup)
}

#[async_trait]
impl VaultProvider for LocalPayments {
    async fn begin_save(&self, request: &BeginSave) -> Result<Setup> {
        self.capabilities.check_save(request)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            let make = |tx: &mut Tx<'_>| {
                customers::find(tx, &request.customer)?;
                let id = SetupId::new(tx.id("set"));
                let mut row = Box::new(SetupRow {
                    setup: Setup::new(
                        id.clone(),
                        request.customer.clone(),
                        SetupStatus::RequiresInstrument,
                    ),
                    token: None,
                });
                let result = match &request.instrument {
                    Some(instrument) => attempt(tx, &mut row, known(instrument)?),
                    None => Ok(()),
                };
                keep(tx, row);
                result.map(|()| id.into_string())
            };
            keyed(tx, "begin_save", &request.key, &request, make, read)
        };
        self.run(act).await
    }

    async fn finish_save(&self, request: &FinishSave) -> Result<Setup> {
        self.capabilities.check_finish_save(request)?;
        let request = request.clone();
        let act = move |tx: &mut Tx<'_>| {
            let go_on = |tx: &mut Tx<'_>| {
                let mut row = find(tx, &request.setup)?;
                let result = match (&row.setup.status, &request.instrument) {
                    (SetupStatus::RequiresInstrument, Some(instrument)) => {
                        attempt(tx, &mut row, known(instrument)?)
                    }
                    (status, Some(_)) => {
                        return Err(conflict(format!(
                            "the setup takes no other method: it is {status}"
                        )));
                    }
                    (SetupStatus::RequiresConfirmation, None) => {
                        match row.token.as_deref().and_then(instruments::find) {
                            Some(TestInstrument {
                                outcome: Outcome::AsksThenDeclines(reason),
                                ..
                            }) => decline(&mut row, reason.clone()),
                            Some(known) => {
                                save(tx, &mut row, known, true);
                                Ok(())
                            }
                            None => Err(Error::internal("the setup has no instrument")),
                        }
                    }
                    (_, None) => Ok(()),
                };
                keep(tx, row);
                result.map(|()| request.setup.to_string())
            };
            keyed(tx, "finish_save", &request.key, &request, go_on, read)
        };
        self.run(act).await
    }

    async fn get_setup(&self, id: &SetupId) -> Result<Setup> {
        let id = id.clone();
        self.run(move |tx| find(tx, &id).map(|row| row.setup)).await
    }

    async fn get(&self, id: &PaymentMethodId) -> Result<PaymentMethod> {
        let id = id.clone();
        self.run(move |tx| method(tx, &id)).await
    }

    async fn list(&self, customer: &CustomerId, page: &PageRequest) -> Result<Page<PaymentMethod>> {
        let (customer, page) = (customer.clone(), page.clone());
        self.run(move |tx| {
            customers::find(tx, &customer)?;
            let all = tx
                .ledger
                .methods
                .values()
                .filter(|row| row.method.customer.as_ref() == Some(&customer))
                .map(|row| row.method.clone())
                .collect();
            Page::slice_by(all, &page, PAGE, |one| one.id.as_str())
        })
        .await
    }

    async fn detach(&self, id: &PaymentMethodId) -> Result<()> {
        let id = id.clone();
        self.run(move |tx| {
            if tx.ledger.methods.contains_key(&id) {
                tx.put(Change::Method(id, None));
            }
            Ok(())
        })
        .await
    }
}

pub(super) fn method(tx: &Tx<'_>, id: &PaymentMethodId) -> Result<PaymentMethod> {
    tx.ledger
        .methods
        .get(id)
        .map(|row| row.method.clone())
        .ok_or_else(|| Error::not_found(format_args!("the payment method {id}")))
}
