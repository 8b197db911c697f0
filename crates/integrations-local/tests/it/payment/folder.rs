//! What the folder promises: nothing that was answered is lost, and nothing half-written counts.

use std::fs;
use std::io::Write;

use integrations_core::payment::{
    CreateCustomer, CreatePayment, Decline, Instrument, PaymentStatus, Payments, RefundPayment,
};
use integrations_core::{ConnectionState, ErrorKind};
use integrations_local::payment::LocalPayments;

fn purchase(key: &str, token: &str) -> CreatePayment {
    CreatePayment::new(key.parse().unwrap(), "29.99 USD".parse().unwrap())
        .with_instrument(Instrument::token(token))
        .with_reference("order-1")
}

#[tokio::test]
async fn after_opening_again_everything_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let bank = LocalPayments::open(folder.path()).await.unwrap();
    let payments = Payments::new(bank.clone());
    let paid = payments
        .create_payment(purchase("pay", "tok_visa"))
        .await
        .unwrap();
    let refund = RefundPayment::new("refund".parse().unwrap(), paid.id.clone())
        .with_amount("9.99 USD".parse().unwrap());
    let refund = payments.refund(refund).await.unwrap();
    let customer = CreateCustomer::new("customer".parse().unwrap()).with_name("Zoe");
    let customer = payments
        .customers()
        .unwrap()
        .create(customer)
        .await
        .unwrap();
    let asking = payments
        .create_payment(purchase("ask", "tok_requires_action"))
        .await
        .unwrap();
    let before = payments.get_payment(&paid.id).await.unwrap();
    drop((bank, payments));

    let bank = LocalPayments::open(folder.path()).await.unwrap();
    let payments = Payments::new(bank.clone());
    assert_eq!(payments.get_payment(&paid.id).await.unwrap(), before);
    assert_eq!(payments.get_refund(&refund.id).await.unwrap(), refund);
    let customers = payments.customers().unwrap();
    assert_eq!(customers.get(&customer.id).await.unwrap(), customer);
    let asked = payments.get_payment(&asking.id).await.unwrap();
    assert_eq!(asked.next_action, asking.next_action);
    // New ids do not meet old ones.
    let new = payments
        .create_payment(purchase("new", "tok_visa"))
        .await
        .unwrap();
    assert!(new.id != paid.id && new.id != asking.id);
}

#[tokio::test]
async fn keys_and_declines_are_remembered_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let bank = LocalPayments::open(folder.path()).await.unwrap();
    let payments = Payments::new(bank.clone());
    let paid = payments
        .create_payment(purchase("pay", "tok_visa"))
        .await
        .unwrap();
    let declined = payments
        .create_payment(purchase("no", "tok_declined"))
        .await;
    let declined = declined.unwrap_err().detail::<Decline>().cloned();
    drop((bank, payments));

    let payments = Payments::new(LocalPayments::open(folder.path()).await.unwrap());
    let again = payments
        .create_payment(purchase("pay", "tok_visa"))
        .await
        .unwrap();
    assert_eq!(again.id, paid.id);
    let error = payments
        .create_payment(purchase("no", "tok_declined"))
        .await;
    assert_eq!(error.unwrap_err().detail::<Decline>().cloned(), declined);
    let other = payments.create_payment(purchase("pay", "tok_amex")).await;
    assert_eq!(other.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_crash_at_any_byte_of_the_last_line_loses_only_that_operation() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.jsonl");
    let bank = LocalPayments::open(folder.path()).await.unwrap();
    let payments = Payments::new(bank.clone());
    let first = payments
        .create_payment(purchase("first", "tok_visa"))
        .await
        .unwrap();
    let whole = fs::read(&file).unwrap().len();
    let second = payments
        .create_payment(purchase("second", "tok_visa"))
        .await
        .unwrap();
    drop((bank, payments));
    let bytes = fs::read(&file).unwrap();

    for cut in (whole..bytes.len()).step_by(37).chain([bytes.len() - 1]) {
        fs::write(&file, &bytes[..cut]).unwrap();
        let payments = Payments::new(LocalPayments::open(folder.path()).await.unwrap());
        assert!(payments.get_payment(&first.id).await.unwrap().is_paid());
        let lost = payments.get_payment(&second.id).await.unwrap_err();
        assert_eq!(lost.kind(), ErrorKind::NotFound, "cut at {cut}");
        // The operation was never answered: its key is free, and the file takes it.
        let again = payments
            .create_payment(purchase("second", "tok_visa"))
            .await;
        assert!(again.unwrap().is_paid());
        drop(payments);
        let payments = Payments::new(LocalPayments::open(folder.path()).await.unwrap());
        assert_eq!(
            payments.find_payments("order-1").all().await.unwrap().len(),
            2
        );
    }
}

#[tokio::test]
async fn damage_in_the_middle_is_an_error_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.jsonl");
    let payments = Payments::new(LocalPayments::open(folder.path()).await.unwrap());
    for key in ["first", "second"] {
        payments
            .create_payment(purchase(key, "tok_visa"))
            .await
            .unwrap();
    }
    drop(payments);
    let mut bytes = fs::read(&file).unwrap();
    bytes[100] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let error = LocalPayments::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

#[tokio::test]
async fn a_folder_is_open_once_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = LocalPayments::open(folder.path()).await.unwrap();
    let error = LocalPayments::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    drop(first);
    LocalPayments::open(folder.path()).await.unwrap();
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let bank = LocalPayments::open(folder.path()).await.unwrap();
    let payments = Payments::new(bank.clone());
    for at in 0..20 {
        let request = purchase(&format!("pay-{at}"), "tok_visa");
        let call = payments.create_payment(request.clone());
        // Polled once, then dropped.
        let _ = futures::FutureExt::now_or_never(call);
        let paid = payments.create_payment(request).await.unwrap();
        assert_eq!(paid.status, PaymentStatus::Captured);
    }
    assert_eq!(
        payments.find_payments("order-1").all().await.unwrap().len(),
        20
    );
}

#[tokio::test]
async fn connecting_tells_whether_the_folder_can_be_written() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("ledger");
    let bank = LocalPayments::open(&folder).await.unwrap();
    let payments = Payments::new(bank);
    let provider = payments.provider();
    assert_eq!(provider.status().state, ConnectionState::Disconnected);
    provider.connect().await.unwrap();
    assert_eq!(provider.status().state, ConnectionState::Connected);
    assert!(provider.check_health().await.healthy);
    // A file in the folder's place.
    fs::remove_dir_all(&folder).unwrap();
    fs::File::create(&folder).unwrap().write_all(b"x").unwrap();
    provider.connect().await.unwrap_err();
    let status = provider.status();
    assert_eq!(status.state, ConnectionState::Failed);
    assert!(status.last_error.is_some() && !provider.check_health().await.healthy);
}

#[tokio::test]
async fn a_path_that_is_a_file_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = LocalPayments::open(file.path()).await.unwrap_err();
    assert!(
        error.to_string().contains(file.path().to_str().unwrap()),
        "{error}"
    );
}
