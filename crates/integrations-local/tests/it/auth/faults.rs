//! The suite is proved: each planted fault is caught by the behaviour that is about it.

use integrations_local::auth::LocalSignIn;

use super::Clock;
use super::faulty::{Fault, Faulty};

/// Runs the suite over a fault; the behaviours that do not hold.
async fn caught(fault: Fault) -> (Vec<&'static str>, String) {
    let make = || async {
        let clock = Clock::default();
        let provider = super::prepare(LocalSignIn::in_memory().unwrap(), &clock).await;
        let faulty = Faulty::new(provider.clone(), fault);
        super::harness(&provider, &clock, faulty)
    };
    let suite = integrations_conformance::auth::suite();
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
    taking_a_code_twice_is_caught TakesACodeTwice => "a_code_is_good_once";
    taking_any_verifier_is_caught TakesAnyVerifier => "a_code_needs_its_verifier";
    taking_any_redirect_uri_is_caught TakesAnyRedirectUri => "a_code_needs_its_redirect_uri";
    taking_any_code_is_caught TakesAnyCode => "a_made_up_code_is_refused";
    naming_users_by_the_day_is_caught NamesUsersByTheDay => "a_user_has_one_subject_for_ever";
    telling_of_the_first_user_is_caught TellsOfTheFirstUser => "two_users_have_two_subjects";
    proving_every_address_is_caught ProvesEveryAddress => "an_unproved_address_is_not_verified";
    believing_unsigned_tokens_is_caught
        BelievesUnsignedTokens => "an_unsigned_id_token_is_refused";
    believing_changed_tokens_is_caught BelievesChangedTokens => "a_changed_id_token_is_refused";
    believing_shared_keys_is_caught BelievesChangedTokens => "a_shared_key_algorithm_is_refused";
    believing_expired_tokens_is_caught BelievesExpiredTokens => "an_expired_id_token_is_refused";
    ignoring_the_nonce_is_caught IgnoresTheNonce => "an_id_token_of_another_sign_in_is_refused";
    ignoring_the_subject_is_caught IgnoresTheSubject => "an_id_token_of_another_user_is_refused";
    ignoring_max_age_is_caught IgnoresMaxAge => "an_old_authentication_is_refused";
    forgetting_old_keys_is_caught ForgetsOldKeys => "keys_may_rotate";
    knowing_every_token_is_caught KnowsEveryToken => "a_made_up_token_has_no_profile";
    keeping_refresh_tokens_is_caught
        KeepsRefreshTokens => "a_refresh_token_is_replaced_at_every_use";
    forgiving_theft_is_caught ForgivesTheft => "a_stolen_refresh_token_ends_the_family";
    forgetting_that_a_grant_is_gone_is_caught
        ForgetsThatAGrantIsGone => "a_made_up_refresh_token_is_refused";
    taking_a_spent_code_for_a_lost_grant_is_caught
        TakesASpentCodeForALostGrant => "a_code_is_good_once";
    revoking_no_refresh_token_is_caught RevokesNoRefreshToken => "a_whole_set_is_ended";
    losing_scopes_is_caught LosesScopes => "tokens_are_renewed_for_the_same_user";
    widening_scopes_is_caught WidensScopes => "tokens_are_renewed_for_fewer_scopes";
    revoking_nothing_is_caught RevokesNothing => "a_revoked_token_is_not_good";
    failing_on_the_second_revocation_is_caught
        FailsOnTheSecondRevocation => "a_revoked_token_is_not_good";
    calling_everything_active_is_caught
        CallsEverythingActive => "introspection_tells_good_from_bad";
    giving_the_application_a_user_is_caught
        GivesTheApplicationAUser => "the_application_has_tokens_of_its_own";
    ignoring_the_devices_user_is_caught IgnoresTheDevicesUser => "a_device_is_denied";
    letting_devices_poll_at_will_is_caught LetsDevicesPollAtWill => "polling_too_fast_is_told";
    listing_users_for_ever_is_caught ListsUsersForEver => "users_are_listed_and_found";
    finding_everybody_is_caught FindsEverybody => "a_user_is_found_by_address";
    doing_what_is_not_declared_is_caught
        DoesWhatItDoesNotDeclare => "what_is_not_declared_is_refused";
    sending_before_refusing_is_caught
        SendsBeforeItRefuses => "refusing_what_is_not_declared_sends_nothing";
    looking_up_its_name_is_caught LooksUpItsName => "refusing_wrong_input_sends_nothing";
    declaring_what_does_not_work_is_caught
        DeclaresWhatDoesNotWork => "the_logout_address_names_the_session";
}
