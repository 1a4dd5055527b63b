//! The transit engine as a store: what it alone does. What every store has to do is asked of it in `conformance`.

use std::sync::Arc;

use keystead::crypto;
use keystead::model::Algorithm;
use keystead::stores::{Granularity, Item, KeyStore, OpenBaoStore, StoreError};

use super::server::Bao;

const MADE: [Algorithm; 7] = [
    Algorithm::Ed25519,
    Algorithm::EcdsaP256,
    Algorithm::EcdsaP384,
    Algorithm::EcdsaP521,
    Algorithm::Rsa2048,
    Algorithm::Rsa3072,
    Algorithm::Rsa4096,
];

fn store(bao: &Bao, exportable: bool) -> OpenBaoStore {
    OpenBaoStore::new("team", "transit", Arc::new(bao.root()), exportable)
}

#[test]
fn it_makes_what_transit_makes_and_says_what_it_cannot() {
    let Some(bao) = Bao::with_transit("openbao_store") else { return };
    let store = store(&bao, false);
    assert!(!store.capabilities().keys_can_leave && store.capabilities().destroys == Granularity::AllOlder);
    what_is_absent_is_said_to_be_absent(&store);
    let makes = store.algorithms().unwrap();
    assert!(MADE.iter().all(|algorithm| makes.contains(algorithm)));
    for algorithm in [Algorithm::MlDsa65, Algorithm::Ed448, Algorithm::Rsa(8_192), Algorithm::Unknown] {
        assert!(!makes.contains(&algorithm));
        assert!(matches!(store.generate("a", algorithm), Err(StoreError::Unsupported { .. })));
    }
    store.generate("a", Algorithm::Ed25519).unwrap();
    assert!(matches!(store.export("a"), Err(StoreError::Unsupported { .. })));
}

fn what_is_absent_is_said_to_be_absent(store: &dyn KeyStore) {
    for name in ["00000001", "../log-key", "", "a@0", "Identity"] {
        assert!(matches!(store.export(name), Err(StoreError::Absent { .. })), "{name}");
        assert!(matches!(store.public_key(name), Err(StoreError::Absent { .. })), "{name}");
        assert!(matches!(store.sign(name, Algorithm::Ed25519, b"m"), Err(StoreError::Absent { .. })), "{name}");
        assert!(matches!(store.destroy(name), Err(StoreError::Absent { .. })), "{name}");
        assert!(matches!(store.versions(name), Err(StoreError::Absent { .. })), "{name}");
    }
    store.import(&[]).unwrap();
}

#[test]
fn keys_move_in_and_where_they_may_out_again() {
    let Some(bao) = Bao::with_transit("openbao_move") else { return };
    let store = store(&bao, true);
    assert!(store.capabilities().keys_can_leave);
    let pairs: Vec<_> = [Algorithm::Ed25519, Algorithm::EcdsaP384, Algorithm::Rsa2048]
        .map(|algorithm| crypto::generate(algorithm).unwrap())
        .into();
    let names = ["00000001", "00000002", "00000003"];
    let items: Vec<Item> = names.iter().zip(&pairs).map(|(object, pair)| Item { object, secret: &pair.private }).collect();
    store.import(&items).unwrap();
    store.import(&items[1..]).unwrap();
    for (name, pair) in names.iter().zip(&pairs) {
        assert_eq!(store.public_key(name).unwrap(), pair.public_key);
        assert_eq!(crypto::public_key(&store.export(name).unwrap()).unwrap().1, pair.public_key);
    }
    // Another pair under a name that is taken: nothing of the batch stays.
    let other = [crypto::generate(Algorithm::Ed25519).unwrap(), crypto::generate(Algorithm::Ed25519).unwrap()];
    let batch = [Item { object: "00000009", secret: &other[0].private }, Item { object: "00000001", secret: &other[1].private }];
    assert!(matches!(store.import(&batch), Err(StoreError::Occupied { .. })));
    assert_eq!(store.list().unwrap(), names);
    let aes = keystead::secret::SecretBytes::new((0..32).collect());
    store.import_key("00000004", Algorithm::Aes256, &aes).unwrap();
    assert!(store.export("00000004").unwrap().same_as(&aes));
    assert!(matches!(store.import_key("00000004", Algorithm::Aes256, &aes), Err(StoreError::Occupied { .. })));
}

#[test]
fn a_version_ends_with_all_older_ones_and_the_newest_with_the_key() {
    let Some(bao) = Bao::with_transit("openbao_versions") else { return };
    let store = store(&bao, false);
    let first = store.generate("turned", Algorithm::EcdsaP256).unwrap();
    let second = store.rotate("turned", 1).unwrap();
    assert_eq!((&*second.object, second.number, second.signs), ("turned@2", 2, true));
    let third = store.rotate("turned", 2).unwrap();
    assert_eq!(store.rotate("turned", 1).unwrap(), second, "what was recorded before it tells which one is meant");
    for (object, public_key) in
        [("turned", &first), ("turned@2", second.public_key.as_ref().unwrap()), ("turned@3", third.public_key.as_ref().unwrap())]
    {
        let signature = store.sign(object, Algorithm::EcdsaP256, b"message").unwrap();
        assert!(crypto::verify(public_key, b"message", &signature).unwrap(), "{object}");
        assert_eq!(&store.public_key(object).unwrap(), public_key);
    }
    store.block("turned").unwrap();
    let usable = |store: &OpenBaoStore| {
        store
            .versions("turned@3")
            .unwrap()
            .iter()
            .map(|version| (version.number, version.usable && version.signs))
            .collect::<Vec<_>>()
    };
    assert_eq!(usable(&store), [(1, false), (2, true), (3, true)]);
    assert!(matches!(store.sign("turned", Algorithm::EcdsaP256, b"message"), Err(StoreError::Server { .. })));
    // It is blocked and not gone; of what lies below the minimum the server tells nothing.
    let error = store.public_key("turned").unwrap_err();
    assert!(error.to_string().contains("below the key's minimum version"), "{error}");
    assert!(matches!(store.block("turned@3"), Err(StoreError::Unsupported { .. })));
    store.destroy("turned@2").unwrap();
    assert_eq!(usable(&store), [(3, true)]);
    assert!(matches!(store.public_key("turned"), Err(StoreError::Absent { .. })));
    store.destroy("turned@3").unwrap();
    assert!(store.list().unwrap().is_empty());
}

#[test]
fn signatures_of_many_messages_are_few_requests() {
    let Some(bao) = Bao::with_transit("openbao_sign_all") else { return };
    let store = store(&bao, false);
    let public_key = store.generate("many", Algorithm::Ed25519).unwrap();
    let texts: Vec<String> = (0..120).map(|number| format!("message {number}")).collect();
    let messages: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    let before = store.server().requests();
    let signatures = store.sign_all("many", Algorithm::Ed25519, &messages).unwrap();
    assert_eq!(store.server().requests() - before, 2);
    for (message, signature) in messages.iter().zip(&signatures) {
        assert!(crypto::verify(&public_key, message, signature).unwrap());
    }
}

#[test]
fn a_store_without_its_server_or_its_login_says_so_and_touches_nothing() {
    let Some(bao) = Bao::with_transit("openbao_away") else { return };
    let store = store(&bao, false);
    store.generate("kept", Algorithm::Ed25519).unwrap();
    store.server().log_out();
    assert!(matches!(store.sign("kept", Algorithm::Ed25519, b"m"), Err(StoreError::Locked { .. })));
    let server = bao.root();
    // Marked as deleted by somebody at the server: it is there and refuses.
    assert!(bao.try_bao(super::server::ROOT, &["delete", "transit/keys/kept/soft-delete"]).0);
    let store = OpenBaoStore::new("team", "transit", Arc::new(server), false);
    let error = store.sign("kept", Algorithm::Ed25519, b"m").unwrap_err();
    assert!(error.to_string().contains("soft-deleted"), "{error}");
    assert!(store.versions("kept").unwrap().iter().all(|version| !version.usable));
    drop(bao);
    let error = store.sign("kept", Algorithm::Ed25519, b"m").unwrap_err();
    assert!(matches!(&error, StoreError::Absence { .. }), "{error}");
}
