//! The requests beside the protocol's.

integrations_core::operations! {
    pub(crate) const OWN;
    /// <https://developers.google.com/admin-sdk/directory/reference/rest/v1/users/list>
    LIST_USERS = read("list_users", "GET /admin/directory/v1/users").with_class("directory");
    /// <https://developers.google.com/admin-sdk/directory/reference/rest/v1/users/get>
    GET_USER = read("get_user", "GET /admin/directory/v1/users/{userKey}").with_class("directory");
}
