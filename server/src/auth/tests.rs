//! What a token must be, and everything that it must not be.

use config::{Settings, secret::Secret};
use serde_json::{Value, json};

use super::*;

const KEY: &str = "a-key-of-at-least-thirty-two-bytes!";
const LOOPBACK: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);

fn settings(key: &str, allow_guests: bool) -> ServerSettings {
    let server = Settings::defaults().unwrap().server;
    ServerSettings { token_key: Secret::new(key), allow_guests, ..server }
}

fn authenticator() -> Authenticator {
    Authenticator::new(&settings(KEY, true), LOOPBACK.into()).unwrap()
}

fn in_one_hour() -> u64 {
    jsonwebtoken::get_current_timestamp() + 3_600
}

/// Any JSON as claims, signed like a real token.
fn token(claims: &Value, key: &str) -> String {
    let _ = rust_crypto::DEFAULT_PROVIDER.install_default();
    jsonwebtoken::encode(&Header::default(), claims, &EncodingKey::from_secret(key.as_bytes())).unwrap()
}

fn check(token: &str) -> Result<Principal, AuthError> {
    let header = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    authenticator().principal(Some(&header)).map(|identity| identity.principal)
}

#[test]
fn a_good_token_is_its_principal() {
    let claims = json!({"sub": "s-1", "role": "shopper", "user_id": 7, "exp": in_one_hour(), "iss": "shop"});
    let principal = check(&token(&claims, KEY)).unwrap();
    assert_eq!(principal, Principal::new(Role::Shopper, Some(UserId(7)), "s-1").unwrap());
}

#[test]
fn a_token_of_the_storefronts_backend_is_understood() {
    let claims = Claims { sub: "b".into(), role: "analyst".into(), user_id: None, exp: in_one_hour() };
    assert_eq!(check(&mint_token(&claims, KEY.as_bytes()).unwrap()).unwrap().role(), Role::Analyst);
}

#[test]
fn a_signature_with_another_key_is_refused() {
    let claims = json!({"sub": "s", "role": "admin", "exp": in_one_hour()});
    let forged = token(&claims, "another-key-of-thirty-two-bytes-or-so");
    assert_eq!(check(&forged), Err(AuthError::Signature));
}

#[test]
fn claims_changed_after_signing_are_refused() {
    let shopper = token(&json!({"sub": "s", "role": "shopper", "user_id": 1, "exp": in_one_hour()}), KEY);
    let admin = token(&json!({"sub": "s", "role": "admin", "exp": in_one_hour()}), "x");
    let signature = shopper.rsplit('.').next().unwrap();
    let body = admin.rsplit_once('.').unwrap().0;
    assert_eq!(check(&format!("{body}.{signature}")), Err(AuthError::Signature));
}

#[test]
fn the_algorithm_none_is_refused() {
    // {"alg":"none","typ":"JWT"} . {"sub":"x","role":"admin","exp":9999999999} . (no signature)
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.\
                    eyJzdWIiOiJ4Iiwicm9sZSI6ImFkbWluIiwiZXhwIjo5OTk5OTk5OTk5fQ.";
    assert!(matches!(check(unsigned), Err(AuthError::Malformed | AuthError::Algorithm)));
}

#[test]
fn another_hmac_algorithm_is_refused() {
    let claims = json!({"sub": "s", "role": "admin", "exp": in_one_hour()});
    let key = EncodingKey::from_secret(KEY.as_bytes());
    let hs512 = jsonwebtoken::encode(&Header::new(Algorithm::HS512), &claims, &key).unwrap();
    assert_eq!(check(&hs512), Err(AuthError::Algorithm));
}

#[test]
fn an_expired_token_is_refused() {
    let claims = json!({"sub": "s", "role": "guest", "exp": jsonwebtoken::get_current_timestamp() - 60});
    assert_eq!(check(&token(&claims, KEY)), Err(AuthError::Expired));
}

#[test]
fn a_token_without_expiry_or_subject_is_refused() {
    let eternal = json!({"sub": "s", "role": "admin"});
    assert!(check(&token(&eternal, KEY)).is_err());
    let nobody = json!({"role": "admin", "exp": in_one_hour()});
    assert!(check(&token(&nobody, KEY)).is_err());
    let blank = json!({"sub": "", "role": "admin", "exp": in_one_hour()});
    assert_eq!(check(&token(&blank, KEY)), Err(AuthError::Claims("sub is empty".into())));
}

#[test]
fn a_shopper_without_a_customer_is_refused() {
    let claims = json!({"sub": "s", "role": "shopper", "exp": in_one_hour()});
    assert!(check(&token(&claims, KEY)).unwrap_err().to_string().contains("a shopper needs a customer"));
}

#[test]
fn an_unknown_role_is_refused_by_name() {
    let claims = json!({"sub": "s", "role": "root", "exp": in_one_hour()});
    assert!(check(&token(&claims, KEY)).unwrap_err().to_string().contains("root"));
}

#[test]
fn a_customer_id_of_the_wrong_type_is_refused() {
    let claims = json!({"sub": "s", "role": "shopper", "user_id": "1 or 1=1", "exp": in_one_hour()});
    assert_eq!(check(&token(&claims, KEY)), Err(AuthError::Malformed));
}

#[test]
fn no_token_is_a_guest_only_where_that_is_allowed() {
    assert!(authenticator().principal(None).unwrap().anonymous);
    let strict = Authenticator::new(&settings(KEY, false), LOOPBACK.into()).unwrap();
    assert_eq!(strict.principal(None), Err(AuthError::Missing));
}

#[test]
fn a_bad_token_is_never_taken_for_a_guest() {
    for header in ["Bearer", "Bearer ", "Basic dTpw", "Bearer not.a.jwt", "nonsense"] {
        assert!(authenticator().principal(Some(&HeaderValue::from_static(header))).is_err(), "{header}");
    }
}

#[test]
fn development_tokens_exist_only_without_a_key() {
    assert!(authenticator().development_token(Role::Admin, None).is_none());
    let open = Authenticator::new(&settings("", true), LOOPBACK.into()).unwrap();
    let token = open.development_token(Role::Shopper, Some(3)).unwrap().unwrap().token;
    let header = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    assert_eq!(open.principal(Some(&header)).unwrap().principal.user_id(), Some(UserId(3)));
    assert!(open.development_token(Role::Shopper, None).unwrap().is_err());
    assert!(open.development_token(Role::Guest, Some(3)).unwrap().is_err());
}

#[test]
fn without_a_key_only_loopback_is_served() {
    let open = settings("", true);
    assert!(matches!(
        Authenticator::new(&open, ([0, 0, 0, 0], 80).into()),
        Err(ServerError::KeyRequired { .. })
    ));
    assert!(Authenticator::new(&settings(KEY, true), ([0, 0, 0, 0], 80).into()).is_ok());
}

#[test]
fn two_servers_do_not_trust_each_others_development_tokens() {
    let [one, two] = [0, 1].map(|_| Authenticator::new(&settings("", true), LOOPBACK.into()).unwrap());
    let token = one.development_token(Role::Admin, None).unwrap().unwrap().token;
    let header = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    assert_eq!(two.principal(Some(&header)), Err(AuthError::Signature));
}
