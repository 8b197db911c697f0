//! Microsoft Entra: one issuer with a place for the tenant, and keys that are for one tenant or all.
//! The rules are those of "Access tokens in the Microsoft identity platform", "Validate the issuer"
//! and "Validate the signing key issuer".

use super::*;

const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";
const OURS: &str = "11111111-2222-3333-4444-555555555555";
const OTHER: &str = "66666666-7777-8888-9999-aaaaaaaaaaaa";
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

fn issuer(tenant: &str) -> String {
    TEMPLATE.replace("{tenantid}", tenant)
}

/// A token's claims: its issuer is of one tenant, its `tid` says another or none.
fn of(iss: &str, tid: Value) -> Value {
    let mut claims = with("iss", json!(issuer(iss)));
    claims["tid"] = tid;
    claims
}

fn says(claims: &Value, tenants: AllowedTenants) -> Result<IdClaims> {
    says_by_key(claims, tenants, TEMPLATE)
}

/// With a key that is for an issuer.
fn says_by_key(claims: &Value, tenants: AllowedTenants, key_issuer: &str) -> Result<IdClaims> {
    let signer = Signer::new("k1");
    let mut key = signer.jwk();
    key["issuer"] = json!(key_issuer);
    let verifier = IdTokenVerifier::new(TEMPLATE, CLIENT, jwks(&[key])).with_tenants(tenants);
    verifier.verify(&signer.sign(claims), &expected())
}

fn ours() -> AllowedTenants {
    AllowedTenants::these([OURS]).unwrap()
}

#[test]
fn a_token_of_an_allowed_tenant_is_believed_and_tells_its_own_issuer() {
    for tenants in [ours(), AllowedTenants::Any, AllowedTenants::Organizations] {
        let claims = says(&of(OURS, json!(OURS)), tenants).unwrap();
        assert_eq!(claims.issuer, issuer(OURS));
        assert_eq!(claims.profile.tenant.as_deref(), Some(OURS));
    }
}

#[test]
fn a_tenant_that_is_not_allowed_is_refused() {
    let result = says(&of(OTHER, json!(OTHER)), ours());
    assert_refused(result, "id_token_tenant_not_allowed");
}

#[test]
fn a_tid_of_another_tenant_than_the_issuer_is_refused() {
    for (iss, tid) in [(OURS, OTHER), (OTHER, OURS)] {
        let result = says(&of(iss, json!(tid)), AllowedTenants::Any);
        assert_refused(result, "id_token_issuer");
    }
    // It says ours, and is signed for the other.
    assert_refused(says(&of(OTHER, json!(OURS)), ours()), "id_token_issuer");
}

#[test]
fn a_token_without_a_tid_is_refused() {
    let mut claims = of(OURS, json!(OURS));
    claims.as_object_mut().unwrap().remove("tid");
    assert_refused(says(&claims, AllowedTenants::Any), "id_token_tenant");
}

#[test]
fn a_tid_that_is_no_guid_is_refused() {
    for tid in [
        json!(""),
        json!("common"),
        json!("contoso.example"),
        json!("{tenantid}"),
        json!(null),
        json!(7),
        json!([OURS]),
    ] {
        let result = says(&of(OURS, tid), AllowedTenants::Any);
        assert_refused(result, "id_token_tenant");
    }
}

/// The template with it would be an issuer of somebody else's choice.
#[test]
fn a_tid_with_a_path_is_refused() {
    for tid in [
        format!("{OTHER}/v2.0?{OURS}"),
        format!("../{OTHER}"),
        format!("{OURS}/"),
        format!("{OURS}/v2.0#"),
        format!("x@evil.example/{OURS}"),
    ] {
        let claims = of(&tid, json!(tid));
        assert_refused(says(&claims, AllowedTenants::Any), "id_token_tenant");
    }
}

/// One tenant, one spelling: accounts are keyed by it.
#[test]
fn a_tid_in_another_spelling_is_refused() {
    for tid in [
        OTHER.to_uppercase(),
        OTHER.replace('-', ""),
        format!("{{{OTHER}}}"),
        format!("urn:uuid:{OTHER}"),
        format!(" {OTHER}"),
        format!("{OTHER}\0"),
    ] {
        let claims = of(&tid, json!(tid));
        assert_refused(says(&claims, AllowedTenants::Any), "id_token_tenant");
    }
}

#[test]
fn an_issuer_of_another_version_or_host_is_refused() {
    for iss in [
        format!("https://sts.windows.net/{OURS}/"),
        format!("https://login.microsoftonline.com/{OURS}/v1.0"),
        format!("https://login.microsoftonline.com/{OURS}/v2.0/"),
        format!("https://login.microsoftonline.us/{OURS}/v2.0"),
        format!("https://login.microsoftonline.com.evil.example/{OURS}/v2.0"),
        TEMPLATE.to_owned(),
    ] {
        let mut claims = of(OURS, json!(OURS));
        claims["iss"] = json!(iss);
        assert_refused(says(&claims, AllowedTenants::Any), "id_token_issuer");
    }
}

#[test]
fn a_personal_account_is_no_organisation() {
    let claims = of(CONSUMERS, json!(CONSUMERS));
    assert!(says(&claims, AllowedTenants::consumers()).is_ok());
    assert!(says(&claims, AllowedTenants::Any).is_ok());
    for tenants in [AllowedTenants::Organizations, ours()] {
        assert_refused(says(&claims, tenants), "id_token_tenant_not_allowed");
    }
    let of_ours = says(&of(OURS, json!(OURS)), AllowedTenants::consumers());
    assert_refused(of_ours, "id_token_tenant_not_allowed");
}

/// A key for personal accounts must not sign for an organisation.
#[test]
fn a_key_that_is_for_another_issuer_is_refused() {
    let claims = of(OURS, json!(OURS));
    for key in [TEMPLATE.to_owned(), issuer(OURS)] {
        assert!(
            says_by_key(&claims, AllowedTenants::Any, &key).is_ok(),
            "{key}"
        );
    }
    for key in [
        issuer(CONSUMERS),
        issuer(OTHER),
        "https://login.microsoftonline.us/{tenantid}/v2.0".to_owned(),
        String::new(),
    ] {
        let result = says_by_key(&claims, AllowedTenants::Any, &key);
        assert_refused(result, "id_token_key_issuer");
    }
}

#[test]
fn the_issuer_of_a_key_counts_for_one_tenant_too() {
    let signer = Signer::new("k1");
    for (of_key, believed) in [(issuer(OURS), true), (issuer(OTHER), false)] {
        let mut key = signer.jwk();
        key["issuer"] = json!(of_key);
        let verifier = IdTokenVerifier::new(issuer(OURS), CLIENT, jwks(&[key]));
        let token = signer.sign(&of(OURS, json!(OURS)));
        let code = verifier
            .verify(&token, &expected())
            .map_err(|e| e.code().map(str::to_owned));
        match believed {
            true => assert!(code.is_ok()),
            false => assert_eq!(code.unwrap_err().as_deref(), Some("id_token_key_issuer")),
        }
    }
}

#[test]
fn without_tenants_an_issuer_with_a_place_for_one_fits_nothing() {
    let signer = Signer::new("k1");
    let verifier = IdTokenVerifier::new(TEMPLATE, CLIENT, signer.jwks());
    let result = verifier.verify(&signer.sign(&of(OURS, json!(OURS))), &expected());
    assert_refused(result, "id_token_issuer");
}

#[test]
fn tenants_are_named_by_their_ids() {
    let upper = AllowedTenants::these([OTHER.to_uppercase()]).unwrap();
    assert_eq!(upper, AllowedTenants::these([OTHER]).unwrap());
    for wrong in [
        "",
        "common",
        "contoso.example",
        "1111",
        &OURS[1..],
        &format!("{OURS} "),
    ] {
        let error = AllowedTenants::these([wrong]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong}");
    }
    let nobody = AllowedTenants::these(Vec::<String>::new());
    assert_eq!(nobody.unwrap_err().kind(), ErrorKind::InvalidInput);
}
