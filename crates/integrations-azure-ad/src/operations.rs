//! The requests beside the protocol's, all at Microsoft Graph.

integrations_core::operations! {
    pub(crate) const OWN;
    /// <https://learn.microsoft.com/en-us/graph/api/user-get>
    ME = read("user_profile", "GET /me").with_class("graph");
    /// <https://learn.microsoft.com/en-us/graph/api/user-list-transitivememberof>
    GROUPS = read("user_profile", "GET /me/transitiveMemberOf/microsoft.graph.group")
        .with_class("graph");
    /// <https://learn.microsoft.com/en-us/graph/api/user-list>
    LIST_USERS = read("list_users", "GET /users").with_class("graph");
    /// <https://learn.microsoft.com/en-us/graph/api/group-list-transitivemembers>
    MEMBERS = read("list_users", "GET /groups/{id}/transitiveMembers/microsoft.graph.user")
        .with_class("graph");
    /// <https://learn.microsoft.com/en-us/graph/api/user-get>
    GET_USER = read("get_user", "GET /users/{id}").with_class("graph");
    /// <https://learn.microsoft.com/en-us/graph/api/user-revokesigninsessions>
    REVOKE_SESSIONS = idempotent(
        "revoke_sign_in_sessions", "POST /me/revokeSignInSessions",
        "sessions that are ended already stay so").with_class("graph");
}
