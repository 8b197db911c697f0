//! A mock of the driver trait, for tests of applications.

use super::*;
use crate::integration::{Descriptor, Health, Status};

mockall::mock! {
    /// A sign-in provider whose answers a test sets. Wrap it in [`SignIn::new`]. It has no
    /// directory.
    #[derive(Debug)]
    pub AuthProvider {}

    #[async_trait]
    impl Integration for AuthProvider {
        fn descriptor(&self) -> &Descriptor;
        async fn connect(&self) -> Result<()>;
        async fn disconnect(&self) -> Result<()>;
        async fn check_health(&self) -> Health;
        fn status(&self) -> Status;
    }

    #[async_trait]
    impl AuthProvider for AuthProvider {
        fn capabilities(&self) -> &AuthCapabilities;
        async fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization>;
        async fn exchange(&self, code: &SecretString, session: &AuthSession) -> Result<TokenSet>;
        async fn user_profile(&self, tokens: &TokenSet) -> Result<UserProfile>;
        async fn verify_id_token(
            &self,
            token: &SecretString,
            expected: &IdTokenExpectations,
        ) -> Result<IdClaims>;
        async fn refresh(&self, token: &SecretString, scopes: &Scopes) -> Result<TokenSet>;
        async fn revoke(&self, token: &TokenRef) -> Result<()>;
        async fn introspect(&self, token: &TokenRef) -> Result<Introspection>;
        async fn client_credentials(&self, scopes: &Scopes) -> Result<TokenSet>;
        async fn device_start(&self, scopes: &Scopes) -> Result<DeviceAuth>;
        async fn device_poll(&self, device: &DeviceAuth) -> Result<DevicePoll>;
        fn logout_url(&self, request: &LogoutRequest) -> Result<Url>;
    }
}
