//! What Graph sends to a notification URL
//! (<https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks>).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Request, Response};
use integrations_core::{Error, ErrorKind, ExposeSecret, Raw, Result, SecretString};
use jiff::Timestamp;
use serde_json::Value;

/// More than this is no delivery of Graph's: without resource data a notice has some hundred bytes.
const LONGEST: usize = 4 << 20;

/// What a request to a notification URL is.
#[derive(Debug)]
#[non_exhaustive]
pub enum Delivery {
    /// Graph asks, while it makes a subscription, whether the address wants to be called. Answer
    /// with this response within ten seconds.
    Validation(Response<Bytes>),
    /// Notices. Answer with a status of success within three seconds, and work afterwards: what is
    /// slower is sent again, and all notices to the address come late.
    Notices {
        /// Those that carry a secret of yours.
        notices: Vec<Notice>,
        /// How many did not, and are dropped.
        forged: usize,
    },
}

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoticeKind {
    /// Something was made.
    Created,
    /// Something was changed.
    Updated,
    /// Something was deleted.
    Deleted,
    /// The token behind the subscription ends soon: renew the subscription, or no more notices
    /// come.
    ReauthorizationRequired,
    /// The subscription is no more: subscribe again and synchronise.
    SubscriptionRemoved,
    /// Notices were lost: synchronise.
    Missed,
    /// Something that is not known here.
    Other(String),
}

/// A notice: that something changed, or what becomes of the subscription.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Notice {
    /// Whose.
    pub subscription: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// The path of what changed.
    pub resource: Option<String>,
    /// The id of what changed: of Outlook's an immutable one, where the subscription was made by
    /// [`Api::subscribe`](crate::Api::subscribe).
    pub resource_id: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// When the subscription ends.
    pub expires: Option<Timestamp>,
    /// Graph's own form, without the secret.
    pub raw: Raw,
}

/// Reads a request to a notification URL, or to a lifecycle URL, which may be the same. A notice
/// counts when it carries one of the secrets; several are for the time in which they are replaced.
///
/// ```
/// use bytes::Bytes;
/// use http::Request;
/// use integrations_core::SecretString;
/// use integrations_microsoft_graph::{Delivery, receive};
///
/// let secrets = [SecretString::from("s3cret")];
/// let asks = Request::post("https://app.example/hook?validationToken=Validation%3a+it%27s+me");
/// let asks = asks.body(Bytes::new()).unwrap();
/// let Delivery::Validation(answer) = receive(&asks, &secrets)? else { panic!() };
/// assert_eq!(answer.body(), "Validation: it's me");
/// # Ok::<_, integrations_core::Error>(())
/// ```
///
/// # Errors
/// `Untrusted` without a secret, or when no notice carries one; `InvalidInput` for what is no
/// delivery of Graph's.
pub fn receive(request: &Request<Bytes>, secrets: &[SecretString]) -> Result<Delivery> {
    let query = request.uri().query().unwrap_or_default();
    let mut query = url::form_urlencoded::parse(query.as_bytes());
    if let Some((_, token)) = query.find(|(name, _)| name == "validationToken") {
        return Ok(Delivery::Validation(validation(&token)));
    }
    let untrusted = |text| Error::new(ErrorKind::Untrusted, text);
    if secrets.iter().all(|it| it.expose_secret().is_empty()) {
        return Err(untrusted("no secret is configured for notices of Graph"));
    }
    let wrong = || Error::invalid_input("the request is no delivery of Microsoft Graph's");
    if request.body().len() > LONGEST {
        return Err(wrong());
    }
    let body: Value = serde_json::from_slice(request.body()).map_err(|_| wrong())?;
    let all = body["value"].as_array().ok_or_else(wrong)?;
    let genuine = all.iter().filter(|notice| is_genuine(notice, secrets));
    let notices: Vec<Notice> = genuine.filter_map(notice).collect();
    let forged = all.len() - notices.len();
    if notices.is_empty() && forged > 0 {
        return Err(untrusted(
            "no notice of the delivery carries the secret of a subscription of ours",
        ));
    }
    Ok(Delivery::Notices { notices, forged })
}

/// "The client must provide a response with ... a 200 OK status code, `text/plain` content type, and
/// a body that includes the URL-decoded validation token". A browser must not take it for a page.
fn validation(token: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(token.to_owned()));
    let headers = response.headers_mut();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(CONTENT_TYPE, plain);
    let nosniff = HeaderName::from_static("x-content-type-options");
    headers.insert(nosniff, HeaderValue::from_static("nosniff"));
    response
}

/// Every secret is compared in constant time.
fn is_genuine(notice: &Value, secrets: &[SecretString]) -> bool {
    let Some(state) = notice["clientState"].as_str() else {
        return false;
    };
    let same = |secret: &SecretString| {
        let secret = secret.expose_secret().as_bytes();
        !secret.is_empty() && verify_slices_are_equal(secret, state.as_bytes()).is_ok()
    };
    secrets.iter().fold(false, |found, it| same(it) | found)
}

fn notice(value: &Value) -> Option<Notice> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let word = value["lifecycleEvent"]
        .as_str()
        .or(value["changeType"].as_str());
    let expires = value["subscriptionExpirationDateTime"].as_str();
    Some(Notice {
        subscription: text(&value["subscriptionId"])?,
        kind: match word.unwrap_or_default() {
            "created" => NoticeKind::Created,
            "updated" => NoticeKind::Updated,
            "deleted" => NoticeKind::Deleted,
            "reauthorizationRequired" => NoticeKind::ReauthorizationRequired,
            "subscriptionRemoved" => NoticeKind::SubscriptionRemoved,
            "missed" => NoticeKind::Missed,
            other => NoticeKind::Other(other.to_owned()),
        },
        resource: text(&value["resource"]),
        resource_id: text(&value["resourceData"]["id"]),
        tenant: text(&value["tenantId"]).or_else(|| text(&value["organizationId"])),
        expires: expires.and_then(|it| it.parse().ok()),
        raw: Raw::from(value.clone()).without(&["/clientState"]),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn delivery(body: Value) -> Request<Bytes> {
        let request = Request::post("https://app.example/hook");
        request.body(body.to_string().into()).unwrap()
    }

    fn secrets(all: &[&str]) -> Vec<SecretString> {
        all.iter().map(|it| SecretString::from(*it)).collect()
    }

    /// The example of
    /// <https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks#change-notification-example>.
    fn example() -> Value {
        json!({"id": "lsgTZMr9KwAAA", "subscriptionId": "{subscription_guid}",
            "subscriptionExpirationDateTime": "2016-03-19T22:11:09.952Z",
            "clientState": "secretClientValue", "changeType": "created",
            "resource": "users/{user_guid}@{tenant_guid}/messages/{long_id_string}",
            "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
            "resourceData": {"@odata.type": "#Microsoft.Graph.Message",
                "@odata.id": "Users/{user_guid}@{tenant_guid}/Messages/{long_id_string}",
                "@odata.etag": "W/\"CQAAABYAAADkrWGo7bouTKlsgTZMr9KwAAAUWRHf\"",
                "id": "{long_id_string}"}})
    }

    #[test]
    fn the_documented_notice_is_read_and_its_secret_not_kept() {
        let request = delivery(json!({"value": [example()]}));
        let known = secrets(&["older", "secretClientValue"]);
        let Delivery::Notices { notices, forged } = receive(&request, &known).unwrap() else {
            panic!("it is a delivery of notices");
        };
        assert_eq!((notices.len(), forged), (1, 0));
        let notice = &notices[0];
        assert_eq!(notice.kind, NoticeKind::Created);
        assert_eq!(notice.subscription, "{subscription_guid}");
        assert_eq!(notice.resource_id.as_deref(), Some("{long_id_string}"));
        let expires = "2016-03-19T22:11:09.952Z".parse().unwrap();
        assert_eq!(notice.expires, Some(expires));
        assert!(
            !serde_json::to_string(&notice.raw)
                .unwrap()
                .contains("secretClientValue")
        );
    }

    #[test]
    fn a_notice_without_the_secret_is_dropped_and_a_delivery_without_any_is_refused() {
        let forged = |state: Value| {
            let mut notice = example();
            notice["clientState"] = state;
            notice
        };
        for state in [
            json!("other"),
            json!("secretClientValu"),
            json!(""),
            json!(null),
            json!(7),
        ] {
            let both = delivery(json!({"value": [forged(state.clone()), example()]}));
            let known = secrets(&["secretClientValue", ""]);
            let Delivery::Notices {
                notices,
                forged: count,
            } = receive(&both, &known).unwrap()
            else {
                panic!("it is a delivery of notices");
            };
            assert_eq!((notices.len(), count), (1, 1), "{state}");
            let alone = delivery(json!({"value": [forged(state)]}));
            let refused = receive(&alone, &known).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Untrusted);
        }
        let request = delivery(json!({"value": [forged(json!(""))]}));
        for none in [secrets(&[]), secrets(&[""])] {
            let refused = receive(&request, &none).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Untrusted);
        }
        for body in ["", "{}", "[]", "{\"value\": 1}"] {
            let request = Request::new(Bytes::from(body));
            let refused = receive(&request, &secrets(&["s"])).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{body}");
        }
    }

    // https://learn.microsoft.com/en-us/graph/change-notifications-lifecycle-events
    #[test]
    fn what_becomes_of_the_subscription_is_told() {
        for (word, kind) in [
            (
                "reauthorizationRequired",
                NoticeKind::ReauthorizationRequired,
            ),
            ("subscriptionRemoved", NoticeKind::SubscriptionRemoved),
            ("missed", NoticeKind::Missed),
            ("laterWord", NoticeKind::Other("laterWord".to_owned())),
        ] {
            let body = json!({"value": [{"lifecycleEvent": word, "subscriptionId": "s",
                "organizationId": "t", "clientState": "secret",
                "subscriptionExpirationDateTime": "2019-03-20T11:00:00.0000000Z"}]});
            let known = secrets(&["secret"]);
            let Delivery::Notices { notices, .. } = receive(&delivery(body), &known).unwrap()
            else {
                panic!("it is a delivery of notices");
            };
            assert_eq!(notices[0].kind, kind);
            assert_eq!(notices[0].tenant.as_deref(), Some("t"));
            assert!(notices[0].expires.is_some());
        }
    }

    #[test]
    fn a_validation_is_answered_as_plain_text_and_needs_no_secret() {
        let uri =
            "https://app.example/hook?a=1&validationToken=%3Cscript%3Ealert(1)%3C%2Fscript%3E";
        let request = Request::post(uri).body(Bytes::new()).unwrap();
        let Delivery::Validation(answer) = receive(&request, &[]).unwrap() else {
            panic!("it is a validation");
        };
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.body(), "<script>alert(1)</script>");
        assert_eq!(
            answer.headers()["content-type"],
            "text/plain; charset=utf-8"
        );
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    }
}
