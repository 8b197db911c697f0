//! Somebody signs in.

use integrations::Error;
use integrations::auth::{AuthorizeRequest, CallbackParams, SignIn};
use integrations::local::auth::LocalSignIn;

use super::log::Log;

pub(super) async fn run(sign_in: &SignIn, users: Option<&LocalSignIn>, log: &mut Log<'_>) {
    let Some(started) = log
        .step("authorize", async {
            let callback = "https://app.example/callback".parse();
            let callback =
                callback.map_err(|_| Error::internal("the address of the tour is none"))?;
            let request = AuthorizeRequest::new(callback);
            let request = if sign_in.capabilities().refresh {
                request.offline()
            } else {
                request
            };
            let started = sign_in.authorize(&request).await?;
            let host = started.url.host_str().unwrap_or_default().to_owned();
            Ok((
                started,
                format!("the browser goes to {host} with state, nonce and PKCE challenge"),
            ))
        })
        .await
    else {
        return;
    };
    let Some(users) = users else {
        log.skip("exchange", "a browser and a user are needed");
        return;
    };
    let Some((tokens, _)) = log
        .step("exchange", async {
            let back = users.approve(&started.url, "ada").await?;
            let callback = CallbackParams::from_url(&back)?;
            let who = sign_in.sign_in(&callback, started.session).await?;
            let (tokens, profile) = (who.tokens, who.profile);
            let proved = profile
                .verified_email()
                .unwrap_or("no proved address")
                .to_owned();
            let what = format!(
                "{} signed in ({proved}); her ID token was verified",
                profile.name.clone().unwrap_or_default()
            );
            Ok(((tokens, profile), what))
        })
        .await
    else {
        return;
    };
    log.step("refresh", async {
        let tokens = sign_in.refresh(&tokens).await?;
        Ok(((), format!("new tokens for {}", tokens.scopes)))
    })
    .await;
}
