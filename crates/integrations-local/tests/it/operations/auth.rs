//! The recorder of the auth category.

use async_trait::async_trait;
use integrations_core::auth::*;
use integrations_core::{Page, PageRequest, Result, SecretString};
use integrations_local::auth::LocalSignIn;
use url::Url;

use super::recorder::{Recorder, record};

record! {
    LocalSignIn: AuthProvider -> AuthCapabilities {
        authorize(request: &AuthorizeRequest) -> Authorization;
        exchange(code: &SecretString, session: &AuthSession) -> TokenSet;
        user_profile(tokens: &TokenSet) -> UserProfile;
        verify_id_token(token: &SecretString, expected: &IdTokenExpectations) -> IdClaims;
        refresh(token: &SecretString, scopes: &Scopes) -> TokenSet;
        revoke(token: &TokenRef) -> ();
        introspect(token: &TokenRef) -> Introspection;
        client_credentials(scopes: &Scopes) -> TokenSet;
        device_start(scopes: &Scopes) -> DeviceAuth;
        device_poll(device: &DeviceAuth) -> DevicePoll;
        [
            fn logout_url(&self, request: &LogoutRequest) -> Result<Url> {
                self.note("logout_url");
                self.inner.logout_url(request)
            }
        ]
    }
    directory: UserDirectory {
        list_users(query: &UserQuery, page: &PageRequest) -> Page<DirectoryUser>;
        get_user(id: &UserId) -> DirectoryUser;
    }
}
