//! The suite is proved: each planted fault is caught by the behaviour that is about it.

use integrations_local::payment::LocalPayments;

use super::faulty::{Fault, Faulty};

/// Runs the suite over a fault; the behaviours that do not hold.
async fn caught(fault: Fault) -> (Vec<&'static str>, String) {
    let make = || async {
        let bank = LocalPayments::in_memory();
        let faulty = Faulty::new(bank.clone(), fault);
        super::harness(&bank, faulty.into())
    };
    let suite = integrations_conformance::payment::suite();
    let options = integrations_conformance::Options::default();
    let report = integrations_conformance::run(&suite, "faulty", make, &options).await;
    (report.failures().collect(), report.to_string())
}

#[tokio::test]
async fn without_a_fault_the_wrapper_passes() {
    let (failures, report) = caught(Fault::None).await;
    assert!(failures.is_empty(), "{report}");
}

macro_rules! faults {
    ($($test:ident $fault:ident => $behaviour:literal;)+) => {$(
        #[tokio::test]
        async fn $test() {
            let (failures, report) = caught(Fault::$fault).await;
            assert!(failures.contains(&$behaviour), "{:?}\n{report}", Fault::$fault);
        }
    )+};
}

faults! {
    paying_again_for_a_key_is_caught PaysAgainForAKey => "the_same_key_twice_is_one_payment";
    capturing_again_for_a_key_is_caught CapturesAgainForAKey => "the_same_key_twice_is_one_capture";
    refunding_again_for_a_key_is_caught RefundsAgainForAKey => "the_same_key_twice_is_one_refund";
    ignoring_a_keys_request_is_caught
        IgnoresAKeysRequest => "the_same_key_with_another_request_is_refused";
    keys_made_of_the_content_are_caught
        RefundsOncePerAmount => "two_equal_refunds_with_two_keys_are_two";
    dropping_a_captures_amount_is_caught
        DropsTheCapturesAmount => "a_part_is_captured_and_the_rest_released";
    capturing_up_to_the_limit_is_caught
        CapturesUpToTheLimit => "capturing_more_than_is_reserved_is_refused";
    forgetting_what_is_reserved_is_caught ForgetsWhatIsReserved => "reserved_money_is_not_taken";
    refunding_up_to_the_limit_is_caught
        RefundsUpToTheLimit => "refunding_more_than_is_left_is_refused";
    refunding_all_for_a_part_is_caught RefundsAllForAPart => "partial_refunds_add_up";
    losing_partial_refunds_is_caught LosesRefundsInTheSum => "partial_refunds_add_up";
    reading_declines_as_paid_is_caught
        ReadsDeclinesAsPaid => "a_decline_is_an_error_with_its_reason";
    forgetting_the_reason_is_caught
        ForgetsWhyItDeclined => "a_decline_is_an_error_with_its_reason";
    reading_actions_as_paid_is_caught ReadsActionsAsPaid => "an_action_is_no_payment";
    rounding_yen_is_caught RoundsYen => "amounts_are_exact_in_every_kind_of_currency";
    reading_unknown_as_settled_is_caught
        ReadsUnknownAsSettled => "an_unknown_status_is_never_settled";
    dropping_metadata_is_caught DropsMetadata => "metadata_comes_back";
    dropping_the_reference_is_caught DropsTheReference => "a_reference_comes_back";
    capturing_another_currency_is_caught
        TakesAnyCurrencyForTheOther => "capturing_in_another_currency_is_refused";
    refunding_another_currency_is_caught
        TakesAnyCurrencyForTheOther => "a_refund_in_another_currency_is_refused";
    listing_only_the_first_page_of_payments_is_caught
        ListsOnlyTheFirstPage => "lists_are_complete_to_the_last_page";
    listing_only_the_first_page_of_refunds_is_caught
        ListsOnlyTheFirstPage => "every_refund_is_listed";
    listing_for_ever_is_caught ListsForEver => "lists_are_complete_to_the_last_page";
    ignoring_a_filter_is_caught ListsEverybodysPayments => "payments_are_listed_by_customer";
    finding_by_prefix_is_caught FindsByPrefix => "payments_are_found_by_reference";
    doing_what_is_not_declared_is_caught
        DoesWhatItDoesNotDeclare => "what_is_not_declared_is_refused";
    sending_before_refusing_is_caught
        SendsBeforeItRefuses => "refusing_what_is_not_declared_sends_nothing";
    looking_up_its_name_is_caught LooksUpItsName => "refusing_wrong_input_sends_nothing";
    declaring_what_does_not_work_is_caught
        DeclaresWhatDoesNotWork => "a_reservation_can_be_given_up";
    taking_before_the_buyer_agreed_is_caught
        TakesBeforeTheBuyerAgreed => "continuing_before_the_buyer_acted_takes_nothing";
    wiping_on_update_is_caught WipesOnUpdate => "an_update_changes_only_what_it_names";
    keeping_deleted_customers_is_caught KeepsDeletedCustomers => "a_deleted_customer_is_gone";
    keeping_detached_methods_is_caught KeepsDetachedMethods => "a_detached_method_is_gone";
    failing_on_the_second_delete_is_caught
        FailsOnTheSecondDelete => "deleting_a_customer_twice_is_no_error";
    failing_on_the_second_detach_is_caught
        FailsOnTheSecondDetach => "detaching_a_method_twice_is_no_error";
    dropping_the_phone_is_caught DropsThePhone => "a_customer_reads_back";
    taking_undeclared_customer_fields_is_caught
        TakesUndeclaredCustomerFields => "what_is_not_declared_is_refused";
    telling_to_repeat_a_reused_key_is_caught
        TellsToRepeatAReusedKey => "the_same_key_with_another_request_is_refused";
    telling_to_repeat_a_decline_is_caught
        TellsToRepeatADecline => "a_decline_is_repeated_for_its_key";
    ending_at_once_is_caught EndsAtOnce => "a_subscription_ends_with_its_period";
    ignoring_pauses_is_caught IgnoresPauses => "a_subscription_pauses_and_resumes";
}
