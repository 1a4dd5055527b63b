//! The `jose` command: keys of every algorithm it makes, sets, public halves, keys under a password.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};

use super::super::found::{Content, Place, SymmetricKind};
use super::super::jwk_private;
use super::{by_openssl, content, private, public, refusal, shell, words};

fn made(template: &Value) -> (Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template"), template.to_string()).unwrap();
    let key = shell(folder.path(), "jose jwk gen -i template -o key; cat key");
    (key, shell(folder.path(), "jose jwk pub -i key"))
}

#[test]
fn keys_of_jose_are_read_and_have_their_public_half() {
    let templates = [
        json!({"alg": "ES256"}),
        json!({"alg": "ES384"}),
        json!({"alg": "ES512"}),
        json!({"alg": "RS256", "kid": "a name"}),
        json!({"kty": "RSA", "bits": 3072}),
    ];
    for template in templates {
        let (key, half) = made(&template);
        assert!(jwk_private::is(&key));
        let found = jwk_private::read(&key);
        let (pkcs8, beside, encrypted) = private(&found[0]);
        let half = jwk_private::read(&half);
        assert_eq!(by_openssl(pkcs8), public(&half[0]), "{template}");
        assert_eq!((beside.unwrap(), encrypted), (public(&half[0]), false), "{template}");
        assert_eq!(found[0].name.as_deref(), template["kid"].as_str());
    }
}

#[test]
fn a_key_on_secp256k1_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let made = shell(folder.path(), "openssl ecparam -name secp256k1 -genkey -noout -outform DER");
    let key = <sec1::EcPrivateKey<'_> as der::Decode<'_>>::from_der(&made).unwrap();
    let encoded = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
    let point = key.public_key.unwrap();
    let web = json!({"kty": "EC", "crv": "secp256k1", "d": encoded(key.private_key), "x": encoded(&point[1..33]), "y": encoded(&point[33..])});
    let found = jwk_private::read(web.to_string().as_bytes());
    let (pkcs8, beside, _) = private(&found[0]);
    assert_eq!(by_openssl(pkcs8), beside.unwrap());
    assert!(beside.unwrap().ends_with(point));
}

#[test]
fn rsa_keys_without_their_primes_are_made_whole() {
    let (key, _) = made(&json!({"alg": "RS256"}));
    let whole: Value = serde_json::from_slice(&key).unwrap();
    let mut bare = whole.clone();
    ["p", "q", "dp", "dq", "qi"].iter().for_each(|name| drop(bare.as_object_mut().unwrap().remove(*name)));
    let (whole, bare) = (jwk_private::read(&key), jwk_private::read(bare.to_string().as_bytes()));
    assert_eq!(by_openssl(private(&bare[0]).0), by_openssl(private(&whole[0]).0));
}

#[test]
fn symmetric_keys_are_for_what_they_say() {
    let cases = [("A256KW", SymmetricKind::Aes), ("A128GCMKW", SymmetricKind::Aes), ("HS512", SymmetricKind::Hmac)];
    for (algorithm, expected) in cases {
        let (key, _) = made(&json!({"alg": algorithm}));
        let found = jwk_private::read(&key);
        let Content::Symmetric { secret, cipher, .. } = content(&found[0]) else { panic!("{algorithm}") };
        assert_eq!(*cipher, expected, "{algorithm}");
        assert!(secret.expose().len() >= 16);
    }
}

#[test]
fn each_key_of_a_set_stands_for_itself() {
    let (set, _) = made(&json!({"keys": [{"alg": "ES256", "kid": "one"}, {"alg": "HS256"}, {"kty": "RSA", "bits": 2048}]}));
    let mut value: Value = serde_json::from_slice(&set).unwrap();
    let keys = value["keys"].as_array_mut().unwrap();
    keys[1]["k"] = json!("not base64!");
    keys.extend([json!(7), json!({"kty": "OKP", "crv": "Curve9", "d": "AA", "x": "AA"}), json!({"kty": "EC", "d": 1})]);
    let found = jwk_private::read(value.to_string().as_bytes());
    let places: Vec<String> = found.iter().map(|one| one.place.to_string()).collect();
    assert_eq!(places, ["entry “one”", "entry “2”", "entry “3”", "entry “4”", "entry “5”", "entry “6”"]);
    let reasons: Vec<bool> = found.iter().map(|one| one.content.is_ok()).collect();
    assert_eq!(reasons, [true, false, true, false, false, false]);
    let text = |index: usize| found[index].content.as_ref().err().unwrap().to_string();
    assert_eq!(text(1), "It is damaged: its member “k” is no base64url.");
    assert_eq!(text(4), "The curve “Curve9” is not read.");
}

#[test]
fn keys_under_a_password_of_jose_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kek"), json!({"kty": "oct", "k": "cGE1NQ"}).to_string()).unwrap();
    for (algorithm, cipher) in [
        ("PBES2-HS256+A128KW", "A128CBC-HS256"),
        ("PBES2-HS384+A192KW", "A192CBC-HS384"),
        ("PBES2-HS512+A256KW", "A256CBC-HS512"),
        ("PBES2-HS256+A128KW", "A128GCM"),
        ("PBES2-HS512+A256KW", "A256GCM"),
    ] {
        let head = json!({"protected": {"alg": algorithm, "enc": cipher}});
        std::fs::write(folder.path().join("head"), head.to_string()).unwrap();
        for form in ["", "-c"] {
            let line =
                format!("jose jwk gen -i '{{\"alg\":\"ES256\"}}' -o key; jose jwe enc -I key -i \"$(cat head)\" -k kek {form}");
            let sealed = shell(folder.path(), &line);
            assert!(jwk_private::is(&sealed), "{form}");
            let found = jwk_private::read_with(&sealed, &words(&["wrong", "pa55"]));
            let (pkcs8, beside, encrypted) = private(&found[0]);
            assert!(encrypted);
            assert_eq!(by_openssl(pkcs8), beside.unwrap(), "{algorithm} {cipher}");
            assert_eq!(refusal(&jwk_private::read(&sealed)), "It is encrypted. Give its passphrase.");
            assert!(refusal(&jwk_private::read_with(&sealed, &words(&["wrong"]))).contains("cannot tell which"));
        }
    }
}

#[test]
fn published_examples_of_rfc_8037_and_of_ml_dsa_are_read() {
    let okp = br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let found = jwk_private::read(okp);
    assert_eq!(by_openssl(private(&found[0]).0), private(&found[0]).1.unwrap());
    let generated = crate::crypto::generate(crate::model::Algorithm::MlDsa65).unwrap();
    let half: Value = serde_json::from_slice(&super::super::jwk::one(&generated.public_key).unwrap()).unwrap();
    let seed = &generated.private.expose()[22..];
    let mut whole = half.clone();
    whole["priv"] = json!(Base64UrlUnpadded::encode_string(seed));
    let found = jwk_private::read(whole.to_string().as_bytes());
    assert_eq!(private(&found[0]), (generated.private.expose(), Some(&*generated.public_key), false));
    assert_eq!(found[0].place, Place::Whole);
}

#[test]
fn sentences_hold_nothing_of_a_secret() {
    for text in
        [r#"{"kty":"oct","k":"c2VjcmV0"#, r#"{"kty":"oct","k":"c2VjcmV0!"}"#, r#"{"kty":"oct","k":"c2VjcmV0","k":"c2VjcmV0"}"#]
    {
        let reason = refusal(&jwk_private::read(text.as_bytes()));
        assert!(!reason.contains("c2Vj"), "{reason}");
    }
}
