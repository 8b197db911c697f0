//! The behaviours of payment providers.
//!
//! One line per provider under test:
//!
//! ```text
//! integrations_conformance::payment_tests!(async {
//!     payment::Harness::new(my_sandbox().await.into(), payment::Instruments::new(
//!         Instrument::token("pm_card_visa"),
//!     ))
//! });
//! ```
//!
//! What the suite cannot do through the handle is in the [`Harness`]: the instruments of the
//! sandbox, and hooks that play the buyer and the bank. Behaviours whose hook is missing are
//! skipped, and the report says so.

mod capture;
mod customers;
mod disputes;
mod harness;
mod keys;
mod lists;
mod pay;
mod refund;
mod refusals;
mod subscriptions;
mod vault;

use integrations_core::Category;

pub use harness::{Buyer, Harness, Instruments, OpenDispute, ReportStatus};

use crate::suite;

/// The capabilities and hooks that behaviours need.
mod needs {
    use integrations_core::payment::PartialCapture;

    use super::Harness;
    use crate::Need;

    macro_rules! capabilities {
        ($($name:ident $field:ident;)+) => {
            $(pub(super) const $name: Need<Harness> =
                Need::new(stringify!($field), |h| h.payments.capabilities().$field);)+
        };
    }
    capabilities! {
        DEFERRED deferred_instrument;
        SAVED saved_instrument;
        OFF_SESSION off_session;
        MANUAL manual_capture;
        VOID_UNAPPROVED void_unapproved;
        VOID_AUTHORIZED void_authorized;
        PARTIAL_REFUND partial_refund;
        REFUND_LIST refund_list;
        REFUND_REASON refund_reason;
        PAYMENT_LIST payment_list;
        FIND find_by_reference;
        KEY_REUSE key_reuse_refused;
        CUSTOMERS customers;
        CUSTOMER_LIST customer_list;
        CUSTOMER_EMAIL customer_email;
        VAULT vault;
        SUBSCRIPTIONS subscriptions;
        TRIAL subscription_trial;
        CHANGE subscription_change;
        PRORATION subscription_proration;
        PAUSE subscription_pause;
        PERIOD_END subscription_cancel_at_period_end;
        DISPUTES disputes;
        ACCEPT dispute_accept;
        EVIDENCE dispute_evidence;
    }

    macro_rules! others {
        ($($name:ident $label:literal $met:expr;)+) => {
            $(pub(super) const $name: Need<Harness> = Need::new($label, $met);)+
        };
    }
    others! {
        PARTIAL_CAPTURE "partial_capture" |h: &Harness| {
            h.payments.capabilities().partial_capture >= PartialCapture::Once
        };
        SEVERAL_CAPTURES "several captures" |h: &Harness| {
            h.payments.capabilities().partial_capture >= PartialCapture::Several
        };
        METADATA "metadata" |h: &Harness| h.payments.capabilities().metadata.is_some();
        DESCRIPTION "description" |h: &Harness| h.payments.capabilities().max_description_len > 0;
        REFERENCE "reference" |h: &Harness| h.payments.capabilities().max_reference_len > 0;
        DECLINED "a declined instrument" |h: &Harness| !h.instruments.declined.is_empty();
        ACTION "an instrument that asks" |h: &Harness| h.instruments.action.is_some();
        ALWAYS_ACTION "an instrument that always asks" |h: &Harness| {
            h.instruments.always_action.is_some()
        };
        SAVED_DECLINES "a saved instrument that declines" |h: &Harness| {
            h.instruments.saved_declines.is_some()
        };
        BUYER "the hook `buyer`" |h: &Harness| h.buyer.is_some();
        OPEN_DISPUTE "the hook `open_dispute`" |h: &Harness| h.open_dispute.is_some();
        REPORT_STATUS "the hook `report_status`" |h: &Harness| h.report_status.is_some();
    }
    /// Without a count, nobody knows what was sent.
    pub(super) const REQUESTS: Need<Harness> =
        Need::new("the hook `requests`", |h: &Harness| h.requests.is_some()).alone();
}

suite! {
    Category::PAYMENT, Harness, payment_tests ($), payment;
    pay::a_payment_takes_the_whole_amount []
        "A payment with an instrument that pays is settled, and all of it was taken.";
    pay::a_payment_reads_back_as_it_was_answered []
        "Reading a payment gives the id, amount, status and captures that creating it gave.";
    pay::a_description_comes_back [needs::DESCRIPTION]
        "What a payment is for is kept.";
    pay::a_reference_comes_back [needs::REFERENCE]
        "The merchant's reference is kept.";
    pay::metadata_comes_back [needs::METADATA]
        "The merchant's own data is kept, name by name.";
    pay::amounts_are_exact_in_every_kind_of_currency []
        "Amounts in currencies with no, two and three decimal places come back exactly.";
    pay::an_amount_of_nothing_is_refused []
        "Zero and negative amounts are InvalidInput.";
    pay::a_currency_without_a_rule_is_refused []
        "A currency that the provider does not take is Unsupported.";
    pay::a_card_number_is_refused []
        "A card number in the place of a token is InvalidInput.";
    pay::a_decline_is_an_error_with_its_reason [needs::DECLINED]
        "A declined payment is an error of kind Declined that says why, and moved no money.";
    pay::a_declined_payment_is_not_settled [needs::DECLINED]
        "The payment that a decline names was not taken.";
    pay::a_declined_payment_goes_on_with_another_instrument [needs::DECLINED]
        "A declined payment that is still open can be paid with another instrument.";
    pay::an_action_is_no_payment [needs::ACTION]
        "A payment that asks the buyer to act says so, and nothing was taken.";
    pay::continuing_before_the_buyer_acted_takes_nothing [needs::ACTION]
        "Continuing a payment that the buyer has not confirmed takes nothing.";
    pay::a_payment_goes_on_after_the_action [needs::ACTION, needs::BUYER]
        "After the buyer's action the payment is taken.";
    pay::continuing_a_paid_payment_takes_nothing_more []
        "Continuing a payment that is paid answers it as it stands.";
    pay::a_payment_without_an_instrument_waits [needs::DEFERRED]
        "A payment without an instrument takes nothing until it is given one.";
    pay::without_the_buyer_an_action_is_a_decline [needs::OFF_SESSION, needs::ACTION]
        "Off session, a bank that wants the buyer declines: AuthenticationRequired.";
    pay::an_unknown_status_is_never_settled [needs::REPORT_STATUS]
        "A status that the library does not know is kept as Other and is not settled.";
    pay::a_missing_payment_is_not_found []
        "Reading, continuing and refunding a payment that does not exist is NotFound.";
    keys::the_same_key_twice_is_one_payment []
        "The same request with the same key gives the same payment.";
    keys::another_key_is_another_payment []
        "The same request with another key gives another payment.";
    keys::the_same_key_at_the_same_time_is_one_payment []
        "Requests with one key at the same time make one payment.";
    keys::the_same_key_with_another_request_is_refused [needs::KEY_REUSE]
        "A key that was used for another request is refused for good, and takes nothing.";
    keys::a_decline_is_repeated_for_its_key [needs::DECLINED]
        "The same request with the same key is declined again; a further attempt takes a new key.";
    keys::the_same_key_twice_is_one_capture [needs::MANUAL, needs::SEVERAL_CAPTURES]
        "The same capture with the same key takes the money once.";
    keys::the_same_key_twice_is_one_refund [needs::PARTIAL_REFUND]
        "The same refund with the same key gives the money back once.";
    keys::two_equal_refunds_with_two_keys_are_two [needs::PARTIAL_REFUND]
        "Two equal refunds with two keys are two refunds.";
    capture::reserved_money_is_not_taken [needs::MANUAL]
        "A payment with manual capture is reserved and not settled.";
    capture::all_that_is_reserved_can_be_captured [needs::MANUAL]
        "A capture without an amount takes all that is reserved.";
    capture::a_part_is_captured_and_the_rest_released [needs::MANUAL, needs::PARTIAL_CAPTURE]
        "A capture of a part takes that part, and the rest is released.";
    capture::several_captures_add_up [needs::MANUAL, needs::SEVERAL_CAPTURES]
        "Several captures add up, and the rest stays reserved between them.";
    capture::capturing_more_than_is_reserved_is_refused [needs::MANUAL, needs::PARTIAL_CAPTURE]
        "A capture of more than is reserved is refused, and takes nothing.";
    capture::capturing_in_another_currency_is_refused [needs::MANUAL, needs::PARTIAL_CAPTURE]
        "A capture in another currency is refused, and takes nothing.";
    capture::capturing_twice_is_refused [needs::MANUAL]
        "A payment that was captured cannot be captured again.";
    capture::an_authorization_is_captured_by_its_id [needs::MANUAL]
        "A reservation can be captured by its own id.";
    capture::a_reservation_can_be_given_up [needs::MANUAL, needs::VOID_AUTHORIZED]
        "Giving up a reserved payment releases all of it, and it cannot be captured any more.";
    capture::an_open_payment_can_be_given_up [needs::VOID_UNAPPROVED, needs::ACTION]
        "A payment that the buyer has not confirmed can be given up, and not continued any more.";
    capture::a_taken_payment_cannot_be_given_up [needs::MANUAL, needs::VOID_AUTHORIZED]
        "A payment that was taken is not given up: it stays settled.";
    capture::an_action_can_end_in_a_reservation [needs::MANUAL, needs::ACTION, needs::BUYER]
        "A payment with manual capture is only reserved after the buyer's action.";
    refund::a_refund_gives_all_back []
        "A refund without an amount gives back all that was taken.";
    refund::partial_refunds_add_up [needs::PARTIAL_REFUND]
        "Partial refunds give back what they say, and add up on the payment.";
    refund::refunding_more_than_is_left_is_refused [needs::PARTIAL_REFUND]
        "A refund of more than is left is refused, and gives nothing back.";
    refund::refunding_twice_is_refused []
        "A payment that was refunded cannot be refunded again.";
    refund::a_refund_in_another_currency_is_refused [needs::PARTIAL_REFUND]
        "A refund in another currency is refused.";
    refund::a_refund_reads_back []
        "Reading a refund gives its payment and amount.";
    refund::a_refund_keeps_its_reason [needs::REFUND_REASON]
        "The reason of a refund is kept.";
    refund::every_refund_is_listed [needs::PARTIAL_REFUND, needs::REFUND_LIST]
        "The list of a payment's refunds has each of them once, and no other payment's.";
    refund::what_was_not_taken_is_not_refunded [needs::MANUAL]
        "A payment that is only reserved cannot be refunded.";
    refund::one_capture_of_several_is_refunded [needs::MANUAL, needs::SEVERAL_CAPTURES]
        "A refund can name one of several captures, and gives back no more than that one.";
    lists::payments_are_found_by_reference [needs::FIND, needs::REFERENCE]
        "All payments with a reference are found, and no others.";
    lists::lists_are_complete_to_the_last_page [needs::PAYMENT_LIST, needs::CUSTOMERS]
        "A list in small pages has every payment exactly once.";
    lists::payments_are_listed_by_customer [needs::PAYMENT_LIST, needs::CUSTOMERS]
        "A list filtered by customer has that customer's payments and no others.";
    customers::a_customer_reads_back [needs::CUSTOMERS]
        "A customer reads back with the fields that it was made with.";
    customers::an_update_changes_only_what_it_names [needs::CUSTOMERS]
        "An update changes the fields that it names, clears empty ones and leaves the others.";
    customers::a_deleted_customer_is_gone [needs::CUSTOMERS]
        "A deleted customer is NotFound.";
    customers::deleting_a_customer_twice_is_no_error [needs::CUSTOMERS]
        "Deleting a customer that is gone succeeds, and leaves the others.";
    customers::the_same_key_twice_is_one_customer [needs::CUSTOMERS]
        "The same request with the same key gives the same customer.";
    customers::customers_are_listed_by_email
        [needs::CUSTOMERS, needs::CUSTOMER_LIST, needs::CUSTOMER_EMAIL]
        "A list filtered by email has exactly the customers with that address.";
    vault::a_saved_method_pays [needs::VAULT, needs::CUSTOMERS, needs::SAVED]
        "A saved method pays for its customer.";
    vault::saving_can_ask_the_buyer [needs::VAULT, needs::CUSTOMERS, needs::ACTION, needs::BUYER]
        "A method that asks is saved after the buyer's action, and not before.";
    vault::saved_methods_are_listed [needs::VAULT, needs::CUSTOMERS]
        "The list of a customer's methods has each of them once.";
    vault::a_detached_method_is_gone [needs::VAULT, needs::CUSTOMERS, needs::SAVED]
        "A detached method is NotFound and cannot pay.";
    vault::detaching_a_method_twice_is_no_error [needs::VAULT, needs::CUSTOMERS]
        "Detaching a method that is gone succeeds.";
    vault::a_declined_method_is_not_saved [needs::VAULT, needs::CUSTOMERS, needs::DECLINED]
        "A method that is declined is not saved.";
    vault::a_saved_method_can_be_declined
        [needs::VAULT, needs::CUSTOMERS, needs::SAVED, needs::SAVED_DECLINES]
        "A saved method that is declined gives an error that names the reason.";
    subscriptions::a_plan_reads_back [needs::SUBSCRIPTIONS]
        "A plan reads back with its amount and interval.";
    subscriptions::a_subscription_starts_paid
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS]
        "A subscription with a method that pays is active, and its period lies ahead.";
    subscriptions::the_same_key_twice_is_one_subscription
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS]
        "The same request with the same key gives the same subscription.";
    subscriptions::a_trial_takes_no_money
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS, needs::TRIAL]
        "A subscription with free days is trialing, and nothing was paid.";
    subscriptions::a_declined_subscription_does_not_run
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS, needs::SAVED_DECLINES]
        "A subscription whose first payment is declined does not run.";
    subscriptions::a_subscription_can_wait_for_the_buyer
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS, needs::ALWAYS_ACTION, needs::BUYER]
        "A subscription whose first payment asks the buyer runs after the action, not before.";
    subscriptions::a_subscription_changes_its_plan
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS, needs::CHANGE]
        "A subscription moves to another plan and quantity.";
    subscriptions::a_prorated_change_is_settled
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS, needs::CHANGE, needs::PRORATION]
        "A change with proration is accepted, and the subscription runs on.";
    subscriptions::a_subscription_pauses_and_resumes
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS, needs::PAUSE]
        "A subscription pauses, and runs again after it is resumed.";
    subscriptions::a_subscription_ends_at_once
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS]
        "A subscription that is canceled now has ended, and cannot be canceled again.";
    subscriptions::a_subscription_ends_with_its_period
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS, needs::PERIOD_END]
        "A subscription that ends with its period runs until then.";
    subscriptions::subscriptions_are_listed_by_customer
        [needs::SUBSCRIPTIONS, needs::VAULT, needs::CUSTOMERS]
        "A list filtered by customer has that customer's subscriptions and no others.";
    disputes::a_dispute_is_listed_and_read [needs::DISPUTES, needs::OPEN_DISPUTE]
        "A dispute is listed for its payment, and reads back.";
    disputes::a_dispute_can_be_accepted [needs::DISPUTES, needs::OPEN_DISPUTE, needs::ACCEPT]
        "A dispute that is accepted is decided, and cannot be accepted again.";
    disputes::evidence_is_handed_in_once [needs::DISPUTES, needs::OPEN_DISPUTE, needs::EVIDENCE]
        "Evidence is taken once, and the bank decides.";
    refusals::what_is_not_declared_is_refused []
        "What is not declared answers Unsupported at the driver, and changes nothing.";
    refusals::refusing_what_is_not_declared_sends_nothing [needs::REQUESTS]
        "Before Unsupported is answered, no request leaves.";
    refusals::groups_are_there_exactly_when_declared []
        "Customers, vault, subscriptions and disputes are there exactly when they are declared.";
    refusals::wrong_input_is_refused []
        "Requests that the handle can tell to be wrong are InvalidInput.";
    refusals::refusing_wrong_input_sends_nothing [needs::REQUESTS]
        "Before wrong input is refused, no request leaves.";
}
