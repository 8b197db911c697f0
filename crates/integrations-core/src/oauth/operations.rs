//! The requests of the protocol, and which of them may arrive twice.

crate::operations! {
    pub(crate) const OPERATIONS;
    /// What the provider says of itself.
    DISCOVER = read("connect", "GET /.well-known/openid-configuration").with_class("metadata");
    /// The keys that it signs with.
    KEYS = read("verify_id_token", "GET jwks_uri").with_class("metadata");
    /// A code is good once, and its second use ends what came of the first.
    EXCHANGE = once(
        "exchange", "POST token (authorization_code)",
        "start the sign-in again: the code may be used, and using it twice ends what came of it");
    /// A refresh token that rotates is good once, and its second use ends the whole family.
    REFRESH = once(
        "refresh", "POST token (refresh_token)",
        "read the stored tokens again in case another process renewed them; if they are the same, \
         the new ones may be lost: where refresh tokens rotate, the owner has to sign in again");
    /// The same where refresh tokens do not rotate: another access token more.
    REFRESH_STATIC = idempotent(
        "refresh", "POST token (refresh_token), where refresh tokens stay the same",
        "another access token is issued, and the refresh token stays");
    /// Another token for the application.
    CLIENT_CREDENTIALS = idempotent(
        "client_credentials", "POST token (client_credentials)",
        "another token is issued, and the first ends by its time");
    /// RFC 7009, section 2.2: ending an unknown token is a success.
    REVOKE = idempotent(
        "revoke", "POST revocation", "a token that is ended already is a success");
    /// What the provider knows of a token.
    INTROSPECT = read("introspect", "POST introspection");
    /// A pair of codes that nobody uses ends by its time.
    DEVICE_START = idempotent(
        "device_start", "POST device_authorization",
        "another pair of codes is issued, and the first ends by its time");
    /// The poll that finds the user's yes uses the code up.
    DEVICE_POLL = once(
        "device_poll", "POST token (device_code)",
        "poll again: if the tokens were in the answer that was lost, the sign-in starts again");
    /// Who the user is.
    USERINFO = read("user_profile", "GET userinfo");
}
