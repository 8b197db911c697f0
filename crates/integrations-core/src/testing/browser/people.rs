//! What people do on the pages of the sign-in servers that the tests run against.

use url::Url;

use super::{Browser, STEPS, Visit, WebForm, WebPage};
use crate::error::{Error, ErrorKind, Result};

/// Signs somebody in at npm `oidc-provider`, whose development pages take every password, agrees
/// to what is asked, and gives the address that the application is called back at. `login` becomes
/// the subject.
///
/// Each call is a browser of its own; a [`Browser`] that is kept stays signed in.
///
/// ```no_run
/// # async fn example(authorization: url::Url) -> integrations_core::Result<()> {
/// use integrations_core::testing::sign_in_at_oidc_provider;
///
/// let callback = sign_in_at_oidc_provider(&authorization, "user-1").await?;
/// assert!(callback.query_pairs().any(|(name, _)| name == "code"));
/// # Ok(()) }
/// ```
///
/// # Errors
/// As [`Browser::sign_in_at_oidc_provider`].
pub async fn sign_in_at_oidc_provider(authorization: &Url, login: &str) -> Result<Url> {
    let mut browser = Browser::for_sign_in(authorization)?;
    browser.sign_in_at_oidc_provider(authorization, login).await
}

/// Signs somebody in at npm `emulate` (its services `google`, `microsoft`, `github`), whose pages
/// list the people that it was started with: `user` is an email address or a login name. Gives the
/// address that the application is called back at.
///
/// # Errors
/// As [`Browser::sign_in_at_oidc_provider`]; `NotFound` when there is no such person.
pub async fn sign_in_at_emulate(authorization: &Url, user: &str) -> Result<Url> {
    let mut browser = Browser::for_sign_in(authorization)?;
    let visit = browser.open(authorization).await?;
    browser
        .answer(visit, |page| {
            let chosen = |form: &WebForm| form.fields.iter().any(|(_, value)| value == user);
            let form = page.forms().into_iter().find(chosen);
            let form = form.ok_or_else(|| {
                if page.status.is_success() && !page.forms().is_empty() {
                    Error::not_found(format!("the user {user} at {}", page.url.path()))
                } else {
                    unexpected(page)
                }
            })?;
            Ok((form, Vec::new()))
        })
        .await
}

impl Browser {
    /// The same as [`sign_in_at_oidc_provider`] in this browser, which may be signed in already.
    ///
    /// # Errors
    /// `Decode` when the server shows something other than its pages for signing in and agreeing,
    /// with the start of what it shows; else as [`open`](Self::open).
    pub async fn sign_in_at_oidc_provider(
        &mut self,
        authorization: &Url,
        login: &str,
    ) -> Result<Url> {
        let visit = self.open(authorization).await?;
        let login = login.to_owned();
        self.answer(visit, |page| agree(page, &login)).await
    }

    /// Types in the code of a device at npm `oidc-provider`, signs in and agrees. Gives the page
    /// that ends it.
    ///
    /// # Errors
    /// As [`sign_in_at_oidc_provider`](Self::sign_in_at_oidc_provider).
    pub async fn allow_device_at_oidc_provider(
        &mut self,
        verification: &Url,
        user_code: &str,
        login: &str,
    ) -> Result<WebPage> {
        let mut visit = self.open(verification).await?;
        for _ in 0..STEPS {
            let Visit::Page(page) = &visit else {
                break;
            };
            let forms = page.forms();
            let Some(form) = forms.first() else {
                return Ok(page.clone());
            };
            visit = if form.field("prompt").is_some() {
                let (form, fields) = agree(page, login)?;
                self.submit(&form, &borrowed(&fields)).await?
            } else if form.field("confirm").is_some() {
                self.submit(form, &[]).await?
            } else {
                self.submit(form, &[("user_code", user_code)]).await?
            };
        }
        Err(Error::new(
            ErrorKind::Decode,
            "the device was not allowed on any page",
        ))
    }

    /// Sends forms until the application is called back.
    async fn answer(
        &mut self,
        mut visit: Visit,
        choose: impl Fn(&WebPage) -> Result<(WebForm, Vec<(String, String)>)>,
    ) -> Result<Url> {
        for _ in 0..STEPS {
            let page = match visit {
                Visit::Application(url) => return Ok(url),
                Visit::Page(page) => page,
            };
            let (form, fields) = choose(&page)?;
            visit = self.submit(&form, &borrowed(&fields)).await?;
        }
        Err(Error::new(ErrorKind::Decode, "the sign-in never ends"))
    }
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The page for signing in, or the one for agreeing.
fn agree(page: &WebPage, login: &str) -> Result<(WebForm, Vec<(String, String)>)> {
    let form = page.forms().into_iter().next();
    let form = form.ok_or_else(|| unexpected(page))?;
    let fields = match form.field("prompt") {
        Some("login") => vec![
            ("login".to_owned(), login.to_owned()),
            ("password".to_owned(), "x".to_owned()),
        ],
        Some("consent") => Vec::new(),
        _ => return Err(unexpected(page)),
    };
    Ok((form, fields))
}

fn unexpected(page: &WebPage) -> Error {
    let start: String = page.body.chars().take(300).collect();
    let text = format!("{} shows ({}): {start}", page.url.path(), page.status);
    Error::new(ErrorKind::Decode, text)
}
