//! Configuration, and the embedded providers: what a caller hands over stays between the two.

use integrations::auth::{CallbackParams, Scopes, SignIn, TokenRef, TokenSet};
use integrations::calendar::{Calendar, EventId, NewEvent};
use integrations::config::{Field, Layers};
use integrations::email::{EmailMessage, Mailbox, Mailer};
use integrations::local::auth::LocalSignIn;
use integrations::local::calendar::LocalCalendar;
use integrations::local::email::LocalMailer;
use integrations::local::payment::LocalPayments;
use integrations::local::storage::LocalStorage;
use integrations::local::video::LocalMeetings;
use integrations::money::{Currency, Money};
use integrations::payment::{CreatePayment, Instrument, Payments};
use integrations::storage::{ObjectKey, PutMode, PutOptions, Storage};
use integrations::time::EventTime;
use integrations::video::{MeetingId, Meetings, NewMeeting};
use integrations::{IdempotencyKey, Manager};
use jiff::civil::date;

use super::{Watch, secret};

/// A value for a field: a canary where it holds a secret.
fn planted(field: &Field, wrong: bool) -> String {
    match (field.secret, wrong) {
        (true, _) => secret(field.name),
        (false, true) => "\u{1}".to_owned(),
        (false, false) => field.default.unwrap_or("photos").to_owned(),
    }
}

#[test]
fn the_configuration_lets_no_secret_out() {
    let mut secrets = 0;
    let watch = Watch::scene(async |watch| {
        let registry = integrations::registry();
        for factory in registry.factories() {
            for wrong in [false, true] {
                let mut layers = Layers::new();
                let mut toml = format!("[shop]\nprovider = '{}'\n", factory.name());
                for field in factory.fields() {
                    secrets += usize::from(field.secret);
                    if field.required || field.secret || wrong {
                        let value = planted(field, wrong);
                        layers.set("shop", field.name, &value);
                        toml.push_str(&format!("{} = {value:?}\n", field.name));
                    }
                }
                watch.shown("the layers", &layers);
                if let Ok(settings) = layers.resolve("shop", factory.fields()) {
                    watch.shown("the settings", &settings);
                }
                let made = registry.create("shop", factory.name(), &layers).await;
                watch.outcome(factory.name(), made.map(|made| watch.shown("made", &made)));
                // A secret where a table, a number or another field should be.
                for text in [
                    toml.clone(),
                    format!("{toml}no_such_field = '{}'\n", secret("misplaced")),
                    format!("{toml}bucket.deeper = '{}'\n", secret("nested")),
                    format!("{toml}= '{}'\n", secret("syntax")),
                ] {
                    match Manager::builder().toml("shop.toml", &text) {
                        Err(error) => watch.error("the file", &error),
                        Ok(builder) => match builder.build().await {
                            Err(error) => watch.error("the file", &error),
                            Ok(manager) => {
                                watch.shown("the manager", &manager);
                                watch.shown("its status", &manager.status());
                            }
                        },
                    }
                }
            }
        }
    });
    assert!(secrets >= 3, "{secrets} secret fields");
    watch.is_clean(20);
}

#[test]
fn the_embedded_providers_let_nothing_out_that_was_handed_to_them() {
    let watch = Watch::scene(async |watch| {
        let payments = Payments::new(LocalPayments::in_memory());
        let price = Money::new(1999, Currency::EUR);
        for (number, token) in ["card_declined", "card_insufficient_funds", "?"]
            .iter()
            .enumerate()
        {
            let key = IdempotencyKey::new(format!("order-{number}")).unwrap();
            let instrument = Instrument::token(format!("{token}{}", secret("instrument")));
            let create = CreatePayment::new(key, price).with_instrument(instrument);
            watch.shown("a payment that is asked for", &create);
            let paid = payments.create_payment(create).await;
            watch.outcome("a payment", paid.map(drop));
        }
        watch.shown("payments", &payments);

        let mailer = Mailer::new(LocalMailer::in_memory());
        let ada: Mailbox = "ada@example.com".parse().unwrap();
        for header in ["Subject", "not a name", "Bcc"] {
            let message = EmailMessage::new(ada.clone(), secret("subject"))
                .with_to(ada.clone())
                .with_header(header, secret("header"))
                .with_text(secret("text"))
                .with_html(secret("html"));
            watch.shown("a message", &message);
            let sent = mailer.send(&message).await;
            watch.outcome("a message", sent.map(drop));
        }

        let calendar = Calendar::new(LocalCalendar::in_memory());
        let ids = calendar.list_calendars().all().await.unwrap();
        let start = date(2026, 6, 2).at(10, 0, 0, 0);
        let (start, end) = (EventTime::Floating(start), EventTime::Floating(start));
        let backwards = NewEvent::new("Review", end, start).with_description(secret("description"));
        let created = calendar
            .create_event(&ids[0].id, backwards.with_location("\u{0}"))
            .await;
        watch.outcome("an event", created.map(drop));
        let none = calendar.get_event(&ids[0].id, &EventId::from("none")).await;
        watch.outcome("an event", none.map(drop));

        let meetings = Meetings::new(LocalMeetings::in_memory());
        let mut new = NewMeeting::instant("Review").with_passcode(secret("passcode"));
        watch.shown("a meeting that is asked for", &new);
        new = new.with_agenda("x".repeat(1 << 20));
        let met = meetings.create_meeting(new).await;
        watch.outcome("a meeting", met.map(|met| watch.shown("a meeting", &met)));
        let none = meetings.get_meeting(&MeetingId::from("none")).await;
        watch.outcome("a meeting", none.map(drop));

        let storage = Storage::new(LocalStorage::in_memory());
        let key = ObjectKey::new("a").unwrap();
        for _ in 0..2 {
            let mut options = PutOptions::default();
            options.mode = PutMode::Create;
            let put = storage.put(&key, secret("object").into_bytes(), options);
            watch.outcome("an object", put.await.map(drop));
        }

        let sign_in = SignIn::new(LocalSignIn::in_memory().unwrap());
        let tokens = TokenSet::new(secret("access"))
            .with_refresh_token(secret("refresh"))
            .with_id_token(secret("id"));
        watch.shown("tokens", &tokens);
        watch.shown("exported tokens", &tokens.export());
        watch.outcome("a profile", sign_in.user_profile(&tokens).await.map(drop));
        watch.outcome("a refresh", sign_in.refresh(&tokens).await.map(drop));
        let token = TokenRef::access(secret("access"));
        watch.shown("a token", &token);
        watch.outcome("a token", sign_in.introspect(&token).await.map(drop));
        watch.outcome("a token", sign_in.revoke(&token).await);
        let scopes = Scopes::sign_in();
        watch.outcome(
            "the application",
            sign_in.client_credentials(&scopes).await.map(drop),
        );
        let query = format!("code={}&state={}", secret("code"), secret("state"));
        let callback = CallbackParams::from_query(&query).unwrap();
        watch.shown("a callback", &callback);
        let twice = CallbackParams::from_query(&format!("{query}&{query}"));
        watch.outcome("a callback", twice.map(drop));
        let stored = TokenSet::import(&secret("stored"));
        watch.outcome("stored tokens", stored.map(drop));
    });
    watch.is_clean(10);
}
