//! The directory of users, and logout.

use futures::{StreamExt, TryStreamExt};
use integrations_core::ExposeSecret;
use integrations_core::auth::{DirectoryUser, LogoutRequest, UserId, UserQuery};

use super::Harness;
use super::harness::is_safe;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

/// Enough to look at, and an end for a list that has none.
const MOST: usize = 2000;

async fn users(h: &Harness, query: UserQuery) -> Result<Vec<DirectoryUser>, Failure> {
    let users: Vec<DirectoryUser> = h.sign_in.users(query).take(MOST).try_collect().await?;
    Ok(users)
}

pub(super) async fn users_are_listed_and_found(h: Harness) -> Verdict {
    let all = users(&h, UserQuery::all()).await?;
    ensure!(!all.is_empty(), "there is nobody");
    let mut ids: Vec<_> = all.iter().map(|user| user.id.clone()).collect();
    ids.sort();
    ids.dedup();
    ensure_eq!(ids.len(), all.len(), "how many differ");
    for user in all.iter().take(3) {
        let found = h.sign_in.user(&user.id).await?;
        ensure_eq!(found.email, user.email, "the address of {}", user.id);
    }
    Ok(())
}

pub(super) async fn a_user_is_found_by_address(h: Harness) -> Verdict {
    let email = h.verified_email.clone().unwrap_or_default();
    let found = users(&h, UserQuery::email(email.to_uppercase())).await?;
    ensure_eq!(found.len(), 1, "how many have the address");
    let same = found[0]
        .email
        .as_deref()
        .is_some_and(|other| other.eq_ignore_ascii_case(&email));
    ensure!(same, "the user found has the address {:?}", found[0].email);
    let nobody = users(&h, UserQuery::email("nobody@example.invalid")).await?;
    ensure_eq!(nobody.len(), 0, "how many have no one's address");
    Ok(())
}

pub(super) async fn a_missing_user_is_not_found(h: Harness) -> Verdict {
    let missing = UserId::new("no-such-user");
    ensure_kind!(h.sign_in.user(&missing).await, NotFound, "reading");
    Ok(())
}

pub(super) async fn the_logout_address_names_the_session(h: Harness) -> Verdict {
    let tokens = h.tokens().await?;
    let url = h
        .sign_in
        .logout_url(&LogoutRequest::of(&tokens).with_state("back"))?;
    ensure!(is_safe(&url), "the address {url} is not encrypted");
    let field = |name: &str| {
        url.query_pairs()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    let hint = tokens
        .id_token
        .as_ref()
        .map(|token| token.expose_secret().to_owned());
    ensure_eq!(field("id_token_hint"), hint, "the hint");
    ensure_eq!(field("state").as_deref(), Some("back"), "the state");
    Ok(())
}
