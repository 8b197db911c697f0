//! Mocks of the driver traits, for tests of applications.

use super::*;
use crate::integration::{Descriptor, Health, Status};

mockall::mock! {
    /// A sign-in provider whose answers a test sets. Wrap it in [`SignIn::new`].
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
        fn directory<'a>(&'a self) -> Option<&'a dyn UserDirectory>;
    }
}

mockall::mock! {
    /// A directory of users whose answers a test sets. Let [`MockAuthProvider`] answer a leaked one.
    #[derive(Debug)]
    pub UserDirectory {}

    #[async_trait]
    impl UserDirectory for UserDirectory {
        async fn list_users(&self, query: &UserQuery, page: &PageRequest) -> Result<Page<DirectoryUser>>;
        async fn get_user(&self, id: &UserId) -> Result<DirectoryUser>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Category;

    #[tokio::test]
    async fn a_mock_can_answer_a_directory() {
        let mut directory = MockUserDirectory::new();
        directory
            .expect_list_users()
            .returning(|_, _| Ok(Page::last(vec![DirectoryUser::new("u1")])));
        directory
            .expect_get_user()
            .returning(|id| Ok(DirectoryUser::new(id.clone())));
        let directory: &'static MockUserDirectory = Box::leak(Box::new(directory));
        let mut mock = MockAuthProvider::new();
        mock.expect_descriptor()
            .return_const(Descriptor::new("mock", Category::AUTH, "mock"));
        let mut can = AuthCapabilities::new();
        can.directory = true;
        mock.expect_capabilities().return_const(can);
        mock.expect_directory().returning(move || Some(directory));
        let sign_in = SignIn::new(mock);
        let listed = sign_in.users(UserQuery::all()).all().await.unwrap();
        let found = sign_in.user(&"u1".into()).await.unwrap();
        assert_eq!(listed, [found]);
    }
}
