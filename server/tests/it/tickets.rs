//! A ticket's code, checked as a scanner of another vendor would: with nothing but the published keys.

use crate::{
    buyer::{buy, hold, wish},
    house::seat,
    world::World,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::{
    PublicKey,
    ecdsa::{Signature, VerifyingKey, signature::Verifier},
};
use serde_json::Value;

fn part(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_verifies_against_the_published_keys_and_tells_nothing_personal() {
    let world = World::new().await;
    let held = hold(&world.http, world.event, &wish(&[seat("A", 1)])).await;
    let paid = buy(&world.http, &held).await;
    let ticket = &paid["tickets"][0];
    let code = ticket["code"].as_str().unwrap();
    let [head, claims, signature] = code.split('.').collect::<Vec<_>>()[..] else { panic!("{code}") };
    assert_eq!(part(head)["alg"], "ES256");
    let keys = world.http.get("/.well-known/jwks.json").expect(200).await;
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == part(head)["kid"]).unwrap();
    assert!(key.get("d").is_none(), "the private half is not published");
    let point = serde_json::json!({ "kty": key["kty"], "crv": key["crv"], "x": key["x"], "y": key["y"] });
    let key = VerifyingKey::from(PublicKey::from_jwk_str(&point.to_string()).unwrap());
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    key.verify(format!("{head}.{claims}").as_bytes(), &signature).unwrap();
    assert!(key.verify(format!("{head}.{claims}x").as_bytes(), &signature).is_err());
    let claims = part(claims);
    assert_eq!((&claims["sub"], &claims["seat"]), (&ticket["id"], &"STALLS-A-1".into()));
    assert_eq!(claims["event"], world.event.to_string());
    assert!(claims["exp"].as_i64() > claims["nbf"].as_i64());
    let mut names: Vec<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["event", "exp", "iss", "nbf", "seat", "sub", "tier"]);
}
