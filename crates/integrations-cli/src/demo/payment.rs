//! A payment, a card that is declined, and a refund.

use integrations::IdempotencyKey;
use integrations::money::{Currency, Money};
use integrations::payment::{CreatePayment, Decline, Instrument, Payments, RefundPayment};

use super::log::Log;

pub(super) async fn run(payments: &Payments, instrument: Option<&str>, log: &mut Log<'_>) {
    let Some(token) = instrument else {
        log.skip(
            "create_payment",
            "name a sandbox card with --instrument to pay with it",
        );
        return;
    };
    let price = Money::new(2999, Currency::EUR);
    let key = IdempotencyKey::random();
    let create =
        || CreatePayment::new(key.clone(), price).with_instrument(Instrument::token(token));
    let Some(payment) = log
        .step("create_payment", async {
            let payment = payments.create_payment(create()).await?;
            let what = format!("{price} with {token}: {:?}", payment.status);
            Ok((payment, what))
        })
        .await
    else {
        return;
    };
    log.step("create_payment", async {
        let again = payments.create_payment(create()).await?;
        let what = match again.id == payment.id {
            true => "the same key once more: the same payment, and no second charge",
            false => "the same key once more made ANOTHER payment",
        };
        Ok(((), what.to_owned()))
    })
    .await;
    if token == "tok_visa" {
        log.step("create_payment", async {
            let card = Instrument::token("tok_declined_insufficient_funds");
            let new = CreatePayment::new(IdempotencyKey::random(), price).with_instrument(card);
            match payments.create_payment(new).await {
                Ok(payment) => Ok(((), format!("another card: {:?}", payment.status))),
                Err(error) => match error.detail::<Decline>() {
                    Some(decline) => Ok((
                        (),
                        format!("another card is declined: {:?}", decline.reason),
                    )),
                    None => Err(error),
                },
            }
        })
        .await;
    }
    log.step("refund", async {
        let part = Money::new(1000, Currency::EUR);
        let request =
            RefundPayment::new(IdempotencyKey::random(), payment.id.clone()).with_amount(part);
        let refund = payments.refund(request).await?;
        Ok(((), format!("{} of it: {:?}", refund.amount, refund.status)))
    })
    .await;
}
