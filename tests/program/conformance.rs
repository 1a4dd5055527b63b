//! What every store has to do, asked of each store in the same words. The keychain is a real one.

use std::time::Duration;

use keystead::crypto;
use keystead::model::{Algorithm, InventoryId, StoreKind};
use keystead::secret::SecretBytes;
use keystead::stores::{Home, HomePlace, Item, KeyStore, StoreError};
use tempfile::TempDir;

use super::alone::{alone, with_keychain};
use super::keychain::session;
use super::lab::{RECOVERY, passphrase};
use super::support::PASSPHRASE;

/// Writes rubbish over an item.
type Damage = Box<dyn Fn(&str)>;

/// A store with what a test can do to it from outside.
struct Bench {
    subject: Subject,
    /// Writes rubbish over an item behind the store's back, where anybody can.
    damage: Option<Damage>,
    /// Closes it, and says what it answers then.
    close: Box<dyn Fn(&mut Subject)>,
    open: Box<dyn Fn(&mut Subject)>,
    _folder: TempDir,
}

/// What is asked.
enum Subject {
    Home(Home),
    #[cfg(feature = "pkcs11")]
    Token(keystead::stores::pkcs11::TokenStore),
    #[cfg(feature = "openbao")]
    Server(keystead::stores::OpenBaoStore),
}

impl Subject {
    fn store(&self) -> &dyn KeyStore {
        match self {
            Self::Home(home) => home.store(),
            #[cfg(feature = "pkcs11")]
            Self::Token(token) => token,
            #[cfg(feature = "openbao")]
            Self::Server(server) => server,
        }
    }

    #[track_caller]
    fn home(&mut self) -> &mut Home {
        match self {
            Self::Home(home) => home,
            #[cfg(any(feature = "pkcs11", feature = "openbao"))]
            _ => panic!("it is no home store"),
        }
    }
}

const INVENTORY: InventoryId = InventoryId([7; 16]);

fn place(folder: &TempDir) -> HomePlace {
    HomePlace {
        folder: folder.path().join("inventory"),
        state_folder: folder.path().join("state"),
        inventory: INVENTORY,
        wait: Duration::from_secs(40),
    }
}

fn files() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path().join("inventory/secrets");
    Bench {
        subject: Subject::Home(Home::create(place(&folder), StoreKind::Files, Some(&passphrase(PASSPHRASE)), None).unwrap()),
        damage: Some(Box::new(move |object| {
            std::fs::write(secrets.join(format!("{object}.age")), b"age-encryption.org/v1\n").unwrap();
        })),
        close: Box::new(|subject| subject.home().lock()),
        open: Box::new(|subject| subject.home().unlock(Some(&passphrase(PASSPHRASE))).unwrap()),
        _folder: folder,
    }
}

fn keychain(recovery: bool) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let recovery = recovery.then(|| passphrase(RECOVERY));
    Bench {
        subject: Subject::Home(Home::create(place(&folder), StoreKind::Keychain, None, recovery.as_ref()).unwrap()),
        damage: Some(Box::new(|object| session::overwrite(&format!("{INVENTORY}/{object}"), "not what was written"))),
        close: Box::new(|_| session::lock()),
        open: Box::new(|_| session::unlock()),
        _folder: folder,
    }
}

/// An item's name; the custodian makes them of random bytes.
fn object(number: u8) -> String {
    format!("{number:032x}")
}

fn secret(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

fn put(store: &dyn KeyStore, number: u8, text: &str) -> Result<(), StoreError> {
    store.import(&[Item { object: &object(number), secret: &secret(text) }])
}

/// Puts several in one batch.
fn put_all(store: &dyn KeyStore, items: &[(u8, &str)]) -> Result<(), StoreError> {
    let owned: Vec<_> = items.iter().map(|(number, text)| (object(*number), secret(text))).collect();
    let items: Vec<_> = owned.iter().map(|(object, secret)| Item { object, secret }).collect();
    store.import(&items)
}

#[track_caller]
fn assert_holds(store: &dyn KeyStore, number: u8, text: &str) {
    assert!(store.export(&object(number)).unwrap().same_as(&secret(text)), "item {number}");
}

#[track_caller]
fn assert_list(store: &dyn KeyStore, numbers: &[u8]) {
    assert_eq!(store.list().unwrap(), numbers.iter().map(|number| object(*number)).collect::<Vec<_>>());
}

/// A token of `SoftHSM`, opened through a worker.
#[cfg(feature = "pkcs11")]
fn token() -> Bench {
    use super::tokens::{Hsm, PIN};
    let hsm = Hsm::here("office");
    let store = hsm.store("hsm");
    store.login(Some(&passphrase(PIN))).unwrap();
    Bench {
        subject: Subject::Token(store),
        damage: Some(Box::new(move |object| hsm.remove_private(object))),
        close: Box::new(|subject| {
            if let Subject::Token(token) = subject {
                token.lock();
            }
        }),
        open: Box::new(|subject| {
            if let Subject::Token(token) = subject {
                token.login(Some(&passphrase(PIN))).unwrap();
            }
        }),
        _folder: tempfile::tempdir().unwrap(),
    }
}

/// The transit engine of a real server, which nobody reaches behind its back.
#[cfg(feature = "openbao")]
fn server(bao: &super::openbao::server::Bao) -> Bench {
    use super::openbao::server::ROOT;
    use keystead::network::bao::Login;
    let store = keystead::stores::OpenBaoStore::new("team", "transit", std::sync::Arc::new(bao.root()), false);
    let server = |subject: &Subject| match subject {
        Subject::Server(store) => store.server().clone(),
        _ => panic!("it is no server"),
    };
    Bench {
        subject: Subject::Server(store),
        damage: None,
        close: Box::new(move |subject| server(subject).log_out()),
        open: Box::new(move |subject| drop(server(subject).log_in(Login::Token(secret(ROOT))).unwrap())),
        _folder: tempfile::tempdir().unwrap(),
    }
}

/// All of it that the store's capabilities leave, on an empty store.
fn conforms(mut bench: Bench) {
    let store = bench.subject.store();
    let leaves = store.capabilities().keys_can_leave;
    what_is_absent_is_said_to_be_absent(store);
    if leaves {
        secrets_come_back_as_they_were_written(store);
        the_same_bytes_again_are_fine(store);
        other_bytes_are_refused_and_leave_nothing(store);
        a_destroyed_item_is_gone_and_no_other(store);
        what_is_too_large_is_refused_before_it_is_written(store);
        a_batch_of_many_is_whole(store);
        two_writers_do_not_mix(store);
    }
    let algorithms = store.algorithms().unwrap();
    assert!(!algorithms.is_empty());
    for algorithm in &algorithms {
        if algorithm.is_symmetric() { secret_keys_are_made(store, *algorithm) } else { keys_are_made_and_used(store, *algorithm) }
    }
    what_it_does_not_make_is_refused(store, &algorithms);
    keys_of_others_are_taken_in(store, &algorithms);
    secrets_are_wrapped(store);
    two_makers_do_not_mix(store);
    match &bench.damage {
        Some(damage) => damage_is_told_and_nothing_else_is_touched(store, damage),
        None => drop(store.generate(&object(1), Algorithm::Ed25519).unwrap()),
    }
    closed_it_says_so_and_loses_nothing(&mut bench);
    assert_list(bench.subject.store(), &[]);
}

/// A secret key of an engine has no public half and is known by what it computes.
fn secret_keys_are_made(store: &dyn KeyStore, algorithm: Algorithm) {
    assert!(store.generate(&object(1), algorithm).unwrap().is_empty());
    assert!(store.public_key(&object(1)).unwrap().is_empty());
    let proof = store.proof(&object(1)).unwrap();
    assert!(store.proof(&object(1)).unwrap().same_as(&proof));
    store.generate(&object(2), algorithm).unwrap();
    assert!(!store.proof(&object(2)).unwrap().same_as(&proof), "{}", algorithm.name());
    assert!(store.sign(&object(1), algorithm, b"m").is_err());
    [1, 2].into_iter().for_each(|number| store.destroy(&object(number)).unwrap());
}

fn what_it_does_not_make_is_refused(store: &dyn KeyStore, algorithms: &[Algorithm]) {
    for algorithm in Algorithm::understood().filter(|algorithm| !algorithms.contains(algorithm)) {
        assert!(store.generate(&object(1), algorithm).is_err(), "{}", algorithm.name());
    }
    assert_list(store, &[]);
}

/// A key that existed outside works inside, is the same key, and is refused where another lies.
fn keys_of_others_are_taken_in(store: &dyn KeyStore, algorithms: &[Algorithm]) {
    let slow = |algorithm: &&Algorithm| **algorithm != Algorithm::Rsa3072 && **algorithm != Algorithm::Rsa4096;
    for algorithm in algorithms.iter().filter(slow).filter(|algorithm| !algorithm.is_symmetric()) {
        let (one, other) = (crypto::generate(*algorithm).unwrap(), crypto::generate(*algorithm).unwrap());
        let name = object(1);
        store.import(&[Item { object: &name, secret: &one.private }]).unwrap();
        assert_eq!(store.public_key(&name).unwrap(), one.public_key, "{}", algorithm.name());
        let signature = store.sign(&name, *algorithm, b"message").unwrap();
        assert!(crypto::verify(&one.public_key, b"message", &signature).unwrap(), "{}", algorithm.name());
        store.import(&[Item { object: &name, secret: &one.private }]).unwrap();
        let refused =
            store.import(&[Item { object: &object(2), secret: &other.private }, Item { object: &name, secret: &other.private }]);
        assert!(matches!(refused, Err(StoreError::Occupied { .. })), "{}", algorithm.name());
        assert_list(store, &[1]);
        assert!(store.holds(&Item { object: &name, secret: &one.private }).unwrap());
        store.destroy(&name).unwrap();
    }
}

/// What is put under a key comes back, and only from under that key.
fn secrets_are_wrapped(store: &dyn KeyStore) {
    let content = secret("sixteen bytes or more, in blocks"); // 32 of them
    for by in store.wrappings().unwrap() {
        let algorithm = if by == keystead::stores::Wrapping::RsaOaep { Algorithm::Rsa2048 } else { Algorithm::Aes256 };
        [1, 2].into_iter().for_each(|number| drop(store.generate(&object(number), algorithm).unwrap()));
        let wrapped = store.wrap(&object(1), by, &content).unwrap();
        assert!(!wrapped.windows(8).any(|part| content.expose().windows(8).any(|piece| piece == part)), "{}", by.name());
        assert!(store.unwrap(&object(1), by, &wrapped).unwrap().same_as(&content), "{}", by.name());
        assert!(store.unwrap(&object(2), by, &wrapped).is_err(), "{}", by.name());
        assert_list(store, &[1, 2]);
        [1, 2].into_iter().for_each(|number| store.destroy(&object(number)).unwrap());
    }
}

fn two_makers_do_not_mix(store: &dyn KeyStore) {
    std::thread::scope(|scope| {
        for maker in 0..2_u8 {
            scope.spawn(move || {
                (0..3).for_each(|number| drop(store.generate(&object(maker * 3 + number), Algorithm::EcdsaP256).unwrap()));
            });
        }
    });
    let keys: std::collections::HashSet<_> = (0..6).map(|number| store.public_key(&object(number)).unwrap()).collect();
    assert_eq!(keys.len(), 6);
    (0..6).for_each(|number| store.destroy(&object(number)).unwrap());
}

fn what_is_absent_is_said_to_be_absent(store: &dyn KeyStore) {
    assert_list(store, &[]);
    for name in [&object(1), "../log-key", "", "Identity"] {
        assert!(matches!(store.export(name), Err(StoreError::Absent { .. })), "{name}");
        assert!(matches!(store.public_key(name), Err(StoreError::Absent { .. })), "{name}");
        assert!(matches!(store.sign(name, Algorithm::Ed25519, b"m"), Err(StoreError::Absent { .. })), "{name}");
        assert!(matches!(store.destroy(name), Err(StoreError::Absent { .. })), "{name}");
    }
    store.import(&[]).unwrap();
}

fn secrets_come_back_as_they_were_written(store: &dyn KeyStore) {
    put_all(store, &[(2, "second"), (1, "first")]).unwrap();
    let bytes = SecretBytes::new((0..=255).collect());
    store.import(&[Item { object: &object(3), secret: &bytes }]).unwrap();
    assert_holds(store, 1, "first");
    assert_holds(store, 2, "second");
    assert!(store.export(&object(3)).unwrap().same_as(&bytes));
    assert_list(store, &[1, 2, 3]);
}

fn the_same_bytes_again_are_fine(store: &dyn KeyStore) {
    put(store, 1, "first").unwrap();
    put_all(store, &[(1, "first"), (4, "fourth"), (2, "second")]).unwrap();
    assert_holds(store, 1, "first");
    assert_holds(store, 4, "fourth");
    assert_list(store, &[1, 2, 3, 4]);
}

/// After an error nothing of the batch is left, and all that was there before is.
fn other_bytes_are_refused_and_leave_nothing(store: &dyn KeyStore) {
    assert!(matches!(put(store, 1, "other"), Err(StoreError::Occupied { .. })));
    let error = put_all(store, &[(1, "first"), (5, "fifth"), (2, "other"), (6, "sixth")]).unwrap_err();
    assert!(error.to_string().contains("left as it is"), "{error}");
    assert!(put_all(store, &[(5, "one"), (5, "two")]).is_err());
    assert_holds(store, 1, "first");
    assert_holds(store, 2, "second");
    assert_list(store, &[1, 2, 3, 4]);
}

fn a_destroyed_item_is_gone_and_no_other(store: &dyn KeyStore) {
    store.destroy(&object(2)).unwrap();
    assert!(matches!(store.destroy(&object(2)), Err(StoreError::Absent { .. })));
    assert!(matches!(store.export(&object(2)), Err(StoreError::Absent { .. })));
    assert_list(store, &[1, 3, 4]);
    put(store, 2, "again").unwrap();
    assert_holds(store, 2, "again");
    [1, 2, 3, 4].into_iter().for_each(|number| store.destroy(&object(number)).unwrap());
}

fn what_is_too_large_is_refused_before_it_is_written(store: &dyn KeyStore) {
    let largest = store.capabilities().largest_item.unwrap_or(1 << 20);
    let fits = SecretBytes::new(vec![7; largest]);
    store.import(&[Item { object: &object(1), secret: &fits }]).unwrap();
    assert!(store.export(&object(1)).unwrap().same_as(&fits));
    store.destroy(&object(1)).unwrap();
    if store.capabilities().largest_item.is_some() {
        let items = (object(1), secret("small"), object(2), SecretBytes::new(vec![7; largest + 1]));
        let items = [Item { object: &items.0, secret: &items.1 }, Item { object: &items.2, secret: &items.3 }];
        assert!(matches!(store.import(&items), Err(StoreError::TooLarge { .. })));
    }
    assert_list(store, &[]);
}

/// More than are synced one by one.
fn a_batch_of_many_is_whole(store: &dyn KeyStore) {
    let many: Vec<(u8, &str)> = (10..30).map(|number| (number, "one of many")).collect();
    put_all(store, &many).unwrap();
    assert_list(store, &(10..30).collect::<Vec<_>>());
    let error = put_all(store, &(20..40).map(|number| (number, "others")).collect::<Vec<_>>()).unwrap_err();
    assert!(matches!(error, StoreError::Occupied { .. }), "{error}");
    assert_list(store, &(10..30).collect::<Vec<_>>());
    many.iter().for_each(|(number, text)| {
        assert_holds(store, *number, text);
        store.destroy(&object(*number)).unwrap();
    });
}

fn two_writers_do_not_mix(store: &dyn KeyStore) {
    std::thread::scope(|scope| {
        for writer in 0..2_u8 {
            scope
                .spawn(move || (0..5).for_each(|number| put(store, writer * 5 + number, &format!("{writer}-{number}")).unwrap()));
        }
    });
    for number in 0..10_u8 {
        assert_holds(store, number, &format!("{}-{}", number / 5, number % 5));
        store.destroy(&object(number)).unwrap();
    }
}

fn keys_are_made_and_used(store: &dyn KeyStore, algorithm: Algorithm) {
    let public_key = store.generate(&object(1), algorithm).unwrap();
    assert_eq!(crypto::algorithm_of(&public_key).unwrap(), algorithm);
    assert_eq!(store.public_key(&object(1)).unwrap(), public_key);
    let signature = store.sign(&object(1), algorithm, b"message").unwrap();
    assert!(crypto::verify(&public_key, b"message", &signature).unwrap(), "{}", algorithm.name());
    assert!(!crypto::verify(&public_key, b"another", &signature).unwrap(), "{}", algorithm.name());
    assert!(matches!(store.generate(&object(1), algorithm), Err(StoreError::Occupied { .. })));
    assert_eq!(store.public_key(&object(1)).unwrap(), public_key, "the first key stands");
    store.destroy(&object(1)).unwrap();
}

fn damage_is_told_and_nothing_else_is_touched(store: &dyn KeyStore, damage: &dyn Fn(&str)) {
    let public_key = store.generate(&object(1), Algorithm::Ed25519).unwrap();
    store.generate(&object(2), Algorithm::Ed25519).unwrap();
    damage(&object(2));
    for error in [
        store.export(&object(2)).err().unwrap(),
        store.public_key(&object(2)).unwrap_err(),
        store.sign(&object(2), Algorithm::Ed25519, b"m").unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
    let over = crypto::generate(Algorithm::Ed25519).unwrap().private;
    let over = store.import(&[Item { object: &object(2), secret: &over }]);
    assert!(matches!(over, Err(StoreError::Occupied { .. } | StoreError::Damaged { .. })), "{over:?}");
    assert_list(store, &[1, 2]);
    assert_eq!(store.public_key(&object(1)).unwrap(), public_key);
    store.destroy(&object(2)).unwrap();
    assert_list(store, &[1]);
}

fn closed_it_says_so_and_loses_nothing(bench: &mut Bench) {
    (bench.close)(&mut bench.subject);
    let store = bench.subject.store();
    let new = crypto::generate(Algorithm::Ed25519).unwrap().private;
    for error in [
        store.export(&object(1)).err().unwrap(),
        store.import(&[Item { object: &object(2), secret: &new }]).unwrap_err(),
        store.destroy(&object(1)).unwrap_err(),
        store.public_key(&object(1)).unwrap_err(),
    ] {
        let said = matches!(error, StoreError::Locked { .. } | StoreError::PromptRefused { .. } | StoreError::Absence { .. });
        assert!(said, "{error:?}");
    }
    (bench.open)(&mut bench.subject);
    let store = bench.subject.store();
    assert!(store.public_key(&object(1)).is_ok());
    assert_list(store, &[1]);
    store.destroy(&object(1)).unwrap();
}

#[cfg(feature = "pkcs11")]
#[test]
fn a_real_token_conforms() {
    super::alone::with_token(|| conforms(token()));
}

#[cfg(feature = "openbao")]
#[test]
fn a_real_key_server_conforms() {
    let Some(bao) = super::openbao::server::Bao::with_transit("openbao_conformance") else { return };
    conforms(server(&bao));
}

#[test]
fn encrypted_files_conform() {
    alone(|| conforms(files()));
}

#[test]
fn a_real_keychain_conforms() {
    with_keychain(|| conforms(keychain(false)));
}

#[test]
fn a_real_keychain_with_recovery_copies_conforms() {
    with_keychain(|| conforms(keychain(true)));
}
