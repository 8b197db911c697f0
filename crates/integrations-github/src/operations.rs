//! The requests beside the protocol's.

integrations_core::operations! {
    pub(crate) const OWN;
    /// <https://docs.github.com/en/rest/users/users#get-the-authenticated-user>
    USER = read("user_profile", "GET /user");
    /// <https://docs.github.com/en/rest/users/emails#list-email-addresses-for-the-authenticated-user>
    EMAILS = read("user_profile", "GET /user/emails");
    /// <https://docs.github.com/en/rest/orgs/orgs#list-organizations-for-the-authenticated-user>
    ORGS = read("user_profile", "GET /user/orgs");
    /// <https://docs.github.com/en/rest/apps/oauth-applications#check-a-token>
    CHECK = read("introspect", "POST /applications/{client_id}/token");
    /// <https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-token>
    DELETE = idempotent(
        "revoke", "DELETE /applications/{client_id}/token", "404 and 422 count as ended");
    /// <https://docs.github.com/en/rest/orgs/members#list-organization-members>
    MEMBERS = read("list_users", "GET /orgs/{org}/members");
    /// <https://docs.github.com/en/rest/users/users#get-a-user-using-their-id>
    USER_BY_ID = read("get_user", "GET /user/{account_id}");
    /// <https://docs.github.com/en/rest/meta/meta#get-github-meta-information>
    META = read("connect", "GET /meta");
}
