//! The behaviours of sign-in providers.
//!
//! One line per provider under test:
//!
//! ```text
//! integrations_conformance::auth_tests!(async {
//!     auth::Harness::new(my_sandbox().await.into(), "https://app.example/cb".parse().unwrap(), my_browser())
//! });
//! ```
//!
//! What the suite cannot do through the handle is in the [`Harness`]: a hook that plays the
//! browser, and further ones that play a device's user, rotate keys and let time pass. Behaviours
//! whose hook is missing are skipped, and the report says so.

mod claims;
mod devices;
mod directory;
mod flow;
mod harness;
mod refusals;
mod tokens;

use integrations_core::Category;

pub use harness::{Act, Browser, Decision, DeviceUser, Harness, Wait};

use crate::suite;

/// The capabilities and hooks that behaviours need.
mod needs {
    use super::Harness;
    use crate::Need;

    macro_rules! capabilities {
        ($($name:ident $field:ident;)+) => {
            $(pub(super) const $name: Need<Harness> =
                Need::new(stringify!($field), |h| h.sign_in.capabilities().$field);)+
        };
    }
    capabilities! {
        PKCE pkce;
        ID_TOKEN id_token;
        ISS callback_issuer;
        MAX_AGE max_age;
        REFRESH refresh;
        ROTATION refresh_rotation;
        REFRESH_SCOPES refresh_scopes;
        REVOKE revoke;
        INTROSPECT introspect;
        DEVICE device;
        CLIENT client_credentials;
        LOGOUT logout;
        VERIFIED verified_email;
        DIRECTORY directory;
    }

    macro_rules! hooks {
        ($($name:ident $label:literal $met:expr;)+) => {
            $(pub(super) const $name: Need<Harness> = Need::new($label, $met);)+
        };
    }
    hooks! {
        EMAIL "the user's proved address" |h| h.verified_email.is_some();
        OTHER "another user" |h| h.has_other;
        UNREGISTERED "an unregistered redirect URI" |h| h.unregistered.is_some();
        DEVICE_USER "a hook that plays a device's user" |h| h.device_user.is_some();
        ROTATE "a hook that rotates keys" |h| h.rotate_keys.is_some();
        WAIT "a hook that lets time pass" |h| h.wait.is_some();
    }
    /// Without a count, nobody knows what was sent.
    pub(super) const REQUESTS: Need<Harness> =
        Need::new("the hook `requests`", |h: &Harness| h.requests.is_some()).alone();
}

use needs::*;

suite! {
    Category::AUTH, Harness, auth_tests ($), auth;

    flow::a_user_signs_in [] "Authorization, callback, exchange and profile of one user.";
    flow::a_user_has_one_subject_for_ever [] "Two sign-ins of one user have one subject.";
    flow::two_users_have_two_subjects [OTHER] "Another user is another subject.";
    flow::the_address_carries_what_protects_it [] "State, PKCE challenge and nonce are in it, and no secret.";
    flow::every_sign_in_has_secrets_of_its_own [] "State, nonce and verifier never come twice.";
    flow::a_user_who_says_no_is_told_so [] "Denial is `PermissionDenied`.";
    flow::a_callback_with_another_state_is_refused [] "It is `Untrusted`.";
    flow::a_callback_of_another_issuer_is_refused [ISS] "It is `Untrusted`, as is one without an issuer.";
    flow::a_callback_of_another_sign_in_is_refused [] "Two sign-ins at once do not mix.";
    flow::a_code_is_good_once [] "The second exchange is `Unauthenticated`, and no lost connection.";
    flow::a_made_up_code_is_refused [] "It is `Unauthenticated`.";
    flow::a_code_needs_its_verifier [PKCE] "Another PKCE verifier is `Unauthenticated` at the driver.";
    flow::a_code_needs_its_redirect_uri [] "Another redirect URI is refused at the driver.";
    flow::an_unregistered_redirect_uri_is_refused [UNREGISTERED] "No code goes there.";
    flow::a_session_survives_storage [] "It can be stored between the two requests.";
    flow::a_sign_in_that_takes_too_long_is_refused [WAIT] "After the session's time it is `Unauthenticated`.";
    flow::what_was_granted_is_told [] "The tokens say which scopes they have.";

    claims::the_id_token_says_who_signed_in [ID_TOKEN] "Its subject is the profile's.";
    claims::a_changed_id_token_is_refused [ID_TOKEN] "Other claims with the old signature are `Untrusted`.";
    claims::an_unsigned_id_token_is_refused [ID_TOKEN] "`alg: none` and a missing signature are `Untrusted`.";
    claims::a_shared_key_algorithm_is_refused [ID_TOKEN] "A header with HS256 is `Untrusted`.";
    claims::an_id_token_of_another_sign_in_is_refused [ID_TOKEN] "Another nonce is `Untrusted`.";
    claims::an_id_token_of_another_user_is_refused [ID_TOKEN] "Another expected subject is `Untrusted`.";
    claims::an_expired_id_token_is_refused [ID_TOKEN] "After its end it is `Untrusted`.";
    claims::an_id_token_from_the_future_is_refused [ID_TOKEN] "Before its start it is `Untrusted`.";
    claims::an_old_authentication_is_refused [ID_TOKEN, MAX_AGE] "Longer ago than asked for is `Untrusted`.";
    claims::keys_may_rotate [ID_TOKEN, ROTATE] "Tokens of before and after are good.";
    claims::only_a_proved_address_is_verified [VERIFIED, EMAIL] "The proved one is; the profile says so.";
    claims::an_unproved_address_is_not_verified [VERIFIED, OTHER] "The other user's is not.";

    tokens::a_made_up_token_has_no_profile [] "It is `Unauthenticated`.";
    tokens::tokens_expire [WAIT] "After its end an access token is `Unauthenticated`.";
    tokens::tokens_are_renewed_for_the_same_user [REFRESH] "The new access token is another, of the same user.";
    tokens::a_refresh_token_is_replaced_at_every_use [REFRESH, ROTATION] "The old one is not good again.";
    tokens::a_stolen_refresh_token_ends_the_family [REFRESH, ROTATION] "Use of the old one ends the new one.";
    tokens::tokens_are_renewed_for_fewer_scopes [REFRESH, REFRESH_SCOPES] "And not for more.";
    tokens::a_made_up_refresh_token_is_refused [REFRESH] "It is `Unauthenticated`: the user has to sign in again.";
    tokens::a_revoked_token_is_not_good [REVOKE] "Its profile is `Unauthenticated`; revoking twice succeeds.";
    tokens::a_revoked_refresh_token_renews_nothing [REVOKE, REFRESH] "It is `Unauthenticated`.";
    tokens::a_whole_set_is_ended [REVOKE, REFRESH] "Neither token is good afterwards; ending it twice succeeds.";
    tokens::introspection_tells_good_from_bad [INTROSPECT] "A token is active; a made-up one is not.";
    tokens::a_revoked_token_is_not_active [INTROSPECT, REVOKE] "Introspection agrees.";
    tokens::the_application_has_tokens_of_its_own [CLIENT] "They have an access token and no user.";
    tokens::a_scope_that_is_not_known_is_refused [CLIENT] "It is `InvalidInput`.";
    tokens::no_secret_is_shown [] "No `Debug` shows a token, code, state, nonce or verifier.";

    devices::a_device_signs_in [DEVICE, DEVICE_USER] "Pending until the user says yes; then tokens.";
    devices::a_device_is_denied [DEVICE, DEVICE_USER] "After the user's no it is `Denied`.";
    devices::polling_too_fast_is_told [DEVICE] "The second poll at once is `SlowDown`.";
    devices::device_codes_expire [DEVICE, WAIT] "After their end they are `Expired`.";
    devices::device_codes_are_good_once [DEVICE, DEVICE_USER] "After the tokens a poll is `Unauthenticated`.";
    devices::a_made_up_device_code_is_refused [DEVICE] "It is `Unauthenticated`.";

    directory::users_are_listed_and_found [DIRECTORY] "Every listed user is found by id.";
    directory::a_user_is_found_by_address [DIRECTORY, EMAIL] "Whatever the case, and nobody else.";
    directory::a_missing_user_is_not_found [DIRECTORY] "It is `NotFound`.";
    directory::the_logout_address_names_the_session [LOGOUT, ID_TOKEN] "It is https and carries the hint.";

    refusals::wrong_input_is_refused [] "Input that cannot be is `InvalidInput`.";
    refusals::refusing_wrong_input_sends_nothing [REQUESTS] "Before wrong input is refused, no request leaves.";
    refusals::what_is_not_declared_is_refused [] "What is not declared is `Unsupported` at the driver, and changes nothing.";
    refusals::refusing_what_is_not_declared_sends_nothing [REQUESTS] "Before `Unsupported` is answered, no request leaves.";
}
