//! Devices without a browser (RFC 8628).

use std::time::Duration;

use oauth2::{DeviceAuthorizationUrl, Scope, StandardDeviceAuthorizationResponse};
use secrecy::ExposeSecret;
use url::Url;

use super::client::{ClientAuthentication, OAuthClient};
use super::exchange::{Refused, form, meaning_of, request_of};
use super::operations::{DEVICE_POLL, DEVICE_START};
use super::tokens::{no, set};
use crate::auth::{DeviceAuth, DevicePoll, Scopes};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::guard::Operation;

impl OAuthClient {
    /// Starts a sign-in on a device.
    ///
    /// # Errors
    /// `Unsupported` where the provider has no such endpoint, and what it answers.
    pub async fn device_start(&self, scopes: &Scopes) -> Result<DeviceAuth> {
        let endpoints = self.endpoints().await?;
        let url = endpoints.device_authorization.as_ref();
        let url = url.ok_or_else(|| no("device authorization"))?;
        let oauth2 = self
            .oauth2(&endpoints.token)
            .set_device_authorization_url(DeviceAuthorizationUrl::from_url(url.clone()));
        let wanted: Vec<Scope> = scopes
            .iter()
            .map(|scope| Scope::new(scope.as_str().to_owned()))
            .collect();
        let call = || oauth2.exchange_device_code().add_scopes(wanted.clone());
        type Codes = StandardDeviceAuthorizationResponse;
        let request = request_of(|http| call().request::<_, _>(http).map(|_: Codes| ()))?;
        let now = self.now();
        let mut fields = self
            .post(&Operation::of(&DEVICE_START), url, &request)
            .await?;
        // Google calls it otherwise.
        if let Some(uri) = fields.remove("verification_url") {
            fields.entry("verification_uri").or_insert(uri);
        }
        let codes: Codes = meaning_of::<_, Refused>(&fields, |http| call().request(http))?;
        let expires_at = now.checked_add(codes.expires_in()).unwrap_or(now);
        let address = |text: &str| {
            Url::parse(text).map_err(|_| {
                let text = "the address where the user types the code is none";
                Error::new(ErrorKind::Decode, text).with_effect(Effect::Applied)
            })
        };
        let verification_uri = address(codes.verification_uri())?;
        let secret = codes.device_code().secret().clone();
        let user_code = codes.user_code().secret().clone();
        let mut device = DeviceAuth::new(secret, user_code, verification_uri, expires_at)
            .with_scopes(scopes.clone())
            .with_interval(match codes.interval() {
                Duration::ZERO => DeviceAuth::DEFAULT_INTERVAL,
                interval => interval,
            });
        if let Some(uri) = codes.verification_uri_complete() {
            device = device.with_complete_uri(address(uri.secret())?);
        }
        Ok(device)
    }

    /// Asks once what became of a device's sign-in. (The `oauth2` crate asks in a loop of its own,
    /// by the system's clock.)
    ///
    /// # Errors
    /// `Unauthenticated` for a device code that the provider does not know.
    pub async fn device_poll(&self, device: &DeviceAuth) -> Result<DevicePoll> {
        let endpoints = self.endpoints().await?;
        if endpoints.device_authorization.is_none() {
            return Err(no("device authorization"));
        }
        let config = &self.inner.config;
        let mut pairs = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", device.device_code.expose_secret()),
        ];
        let mut request = match (&config.client_secret, config.authentication) {
            (Some(_), ClientAuthentication::Basic) => form(&pairs),
            (secret, _) => {
                pairs.push(("client_id", &config.client_id));
                if let Some(secret) = secret {
                    pairs.push(("client_secret", secret.expose_secret()));
                }
                form(&pairs)
            }
        };
        // The crate writes the header for any request of the application's.
        let oauth2 = self.oauth2(&endpoints.token);
        let any = request_of(|http| oauth2.exchange_client_credentials().request(http))?;
        if let Some(basic) = any.headers().get(::http::header::AUTHORIZATION) {
            let headers = request.headers_mut();
            headers.insert(::http::header::AUTHORIZATION, basic.clone());
        }
        let now = self.now();
        // What the user has or has not decided is no failure, and not for the guard to ask again.
        let poll = |_| async {
            match self.send(&endpoints.token, &request).await {
                Ok(fields) => Ok(Ok(fields)),
                Err(error) => match error.code() {
                    Some("authorization_pending") => Ok(Err(DevicePoll::Pending)),
                    Some("slow_down") => Ok(Err(DevicePoll::SlowDown)),
                    Some("expired_token") => Ok(Err(DevicePoll::Expired)),
                    // Entra's word is the second.
                    Some("access_denied" | "authorization_declined") => Ok(Err(DevicePoll::Denied)),
                    _ => Err(error),
                },
            }
        };
        let polled = self
            .inner
            .guard
            .run(&Operation::of(&DEVICE_POLL), poll)
            .await?;
        let fields = match polled {
            Ok(fields) => fields,
            Err(undecided) => return Ok(undecided),
        };
        let call = || oauth2.exchange_client_credentials();
        let told = meaning_of::<_, Refused>(&fields, |http| call().request(http))?;
        Ok(DevicePoll::Tokens(Box::new(set(&told, &fields, now))))
    }
}
