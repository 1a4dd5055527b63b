//! The agent's messages: as OpenSSH's own programs write them, changed, cut off, and too long.

use super::*;
use crate::formats::leaving::PrivateEntry;
use crate::model::AgentUse;

fn body(message: &[u8]) -> &[u8] {
    let head: [u8; HEAD] = message[..HEAD].try_into().unwrap();
    assert_eq!(length(head).unwrap(), message.len() - HEAD);
    &message[HEAD..]
}

#[test]
fn requests_and_answers_are_read_as_they_were_written() {
    assert_eq!(read(body(&ask_identities())).unwrap(), Request::Identities);
    let asked = ask_signature(b"key", b"data", Some(SignatureHash::Sha512));
    assert_eq!(read(body(&asked)).unwrap(), Request::Sign { key: b"key", data: b"data", flags: 4 });
    let answers = [
        Answer::Failure,
        Answer::ExtensionFailure,
        Answer::Success,
        Answer::Extensions,
        Answer::Signature(b"signature".to_vec()),
        Answer::Identities(vec![(b"one".to_vec(), "a".into()), (b"two".to_vec(), String::new())]),
    ];
    for answer in answers {
        assert_eq!(read_answer(body(&write(&answer))).unwrap(), answer);
    }
}

/// Draft section 5.1: the numbers, byte by byte.
#[test]
fn messages_have_the_bytes_of_the_draft() {
    assert_eq!(ask_identities(), [0, 0, 0, 1, 11]);
    assert_eq!(write(&Answer::Failure), [0, 0, 0, 1, 5]);
    assert_eq!(write(&Answer::Success), [0, 0, 0, 1, 6]);
    assert_eq!(write(&Answer::ExtensionFailure), [0, 0, 0, 1, 28]);
    assert_eq!(write(&Answer::Identities(Vec::new())), [0, 0, 0, 5, 12, 0, 0, 0, 0]);
    assert_eq!(write(&Answer::Signature(b"s".to_vec())), [0, 0, 0, 6, 14, 0, 0, 0, 1, b's']);
    let query = [&[27, 0, 0, 0, 5][..], b"query"].concat();
    assert_eq!(read(&query).unwrap(), Request::Query);
    let told = write(&Answer::Extensions);
    assert!(told.starts_with(&[0, 0, 0, 47, 29]) && told.ends_with(SESSION_BIND.as_bytes()), "{told:?}");
}

#[test]
fn what_is_too_long_empty_or_cut_off_is_refused() {
    assert!(length([0; 4]).is_err());
    assert!(matches!(length([0xff; 4]), Err(Reason::OverLimit { limit: 262_144, .. })));
    assert_eq!(length([0, 4, 0, 0]).unwrap(), MOST);
    assert!(length([0, 4, 0, 1]).is_err());
    assert!(read(b"").is_err());
    assert!(read(&[number::REQUEST_IDENTITIES, 0]).is_err(), "something behind it");
    let asked = ask_signature(b"key", b"data", None);
    for end in 1..asked.len() - HEAD {
        assert!(read(&asked[HEAD..HEAD + end]).is_err(), "cut off after {end} bytes");
    }
    assert!(read(&[number::SIGN_REQUEST, 0xff, 0xff, 0xff, 0xff]).is_err());
    let many = Answer::Identities(vec![(vec![7; MOST / 2], String::new()); 3]);
    assert_eq!(write(&many), write(&Answer::Failure), "an answer that does not fit");
}

#[test]
fn what_an_agent_with_keys_of_its_own_does_is_told_apart_without_looking_into_it() {
    for (kind, foreign) in [
        (17, Foreign::Add),
        (25, Foreign::Add),
        (18, Foreign::Remove),
        (19, Foreign::Remove),
        (20, Foreign::Card),
        (22, Foreign::Lock),
        (23, Foreign::Lock),
    ] {
        assert_eq!(read(&[kind, 1, 2, 3]).unwrap(), Request::Foreign(foreign));
    }
    assert_eq!(read(&[1]).unwrap(), Request::Unknown(1));
}

#[test]
fn rsa_without_a_flag_would_be_sha_1_and_has_no_hash() {
    assert_eq!(hash(Algorithm::Rsa3072, 0), None);
    assert_eq!(hash(Algorithm::Rsa3072, 2), Some(SignatureHash::Sha256));
    assert_eq!(hash(Algorithm::Rsa3072, 6), Some(SignatureHash::Sha512));
    assert!(hash(Algorithm::Ed25519, 0).is_some());
}

#[test]
fn a_login_shows_its_user_and_a_file_its_namespace() {
    let login = [
        &openssh::strings([b"session"])[..],
        &[50],
        &openssh::strings([b"git", b"ssh-connection", b"publickey"]),
        &[1],
        &openssh::strings([b"ssh-ed25519", b"key"]),
    ]
    .concat();
    assert_eq!(data(&login), Data::Login { session: b"session", user: "git".into() });
    let file = sshsig::signed_data("file", &b"message"[..]).unwrap();
    assert_eq!(data(&file), Data::File { namespace: "file".into() });
    assert_eq!(data(&login[..login.len() / 2]), Data::Other);
    assert_eq!(data(b""), Data::Other);
    assert_eq!(data(b"anything"), Data::Other);
}

#[test]
fn a_host_is_believed_only_with_its_signature() {
    for algorithm in [Algorithm::Ed25519, Algorithm::EcdsaP256, Algorithm::EcdsaP521, Algorithm::Rsa2048] {
        let pair = crypto::generate(algorithm).unwrap();
        let host = identity(&pair.public_key).unwrap();
        let signed =
            signature(algorithm, SignatureHash::Sha256, &crypto::sign(&pair.private, algorithm, b"session").unwrap()).unwrap();
        assert_eq!(bound_host(&host, b"session", &signed), Some(crypto::sha256(&host)), "{algorithm:?}");
        assert_eq!(bound_host(&host, b"another", &signed), None, "{algorithm:?}");
        let other = identity(&crypto::generate(Algorithm::Ed25519).unwrap().public_key).unwrap();
        assert_eq!(bound_host(&other, b"session", &signed), None, "{algorithm:?}");
    }
}

#[test]
fn a_key_that_is_loaded_is_read_back_whole() {
    let usage = AgentUse { confirm: true, lifetime_seconds: Some(600) };
    for algorithm in [Algorithm::Ed25519, Algorithm::EcdsaP256, Algorithm::EcdsaP384, Algorithm::EcdsaP521, Algorithm::Rsa2048] {
        let pair = crypto::generate(algorithm).unwrap();
        let entry = PrivateEntry {
            name: "deploy",
            algorithm,
            secret: &pair.private,
            public_key: &pair.public_key,
            certificates: Vec::new(),
        };
        let message = add(&entry, &usage).unwrap();
        let found = super::add::read(body(message.expose())).unwrap();
        assert_eq!((&found.public_key, found.usage), (&pair.public_key, usage), "{algorithm:?}");
        assert_eq!(crypto::public_key(&found.secret).unwrap().1, pair.public_key, "{algorithm:?}");
    }
}

/// What clients and agents send, and each of it changed in many places.
#[test]
fn changed_messages_never_stop_the_program() {
    let pair = crypto::generate(Algorithm::EcdsaP256).unwrap();
    let key = identity(&pair.public_key).unwrap();
    let signed = crypto::sign(&pair.private, Algorithm::EcdsaP256, b"session").unwrap();
    let signed = signature(Algorithm::EcdsaP256, SignatureHash::Sha256, &signed).unwrap();
    let bind = [&[27][..], &openssh::strings([SESSION_BIND.as_bytes(), &key, b"session", &signed]), &[0]].concat();
    let entry = PrivateEntry {
        name: "deploy",
        algorithm: Algorithm::EcdsaP256,
        secret: &pair.private,
        public_key: &pair.public_key,
        certificates: Vec::new(),
    };
    let load = add(&entry, &AgentUse { confirm: true, lifetime_seconds: Some(9) }).unwrap();
    let file = sshsig::signed_data("file", &b"message"[..]).unwrap();
    let corpus: Vec<Vec<u8>> = vec![
        ask_identities(),
        ask_signature(&key, &file, Some(SignatureHash::Sha512)),
        [&(bind.len() as u32).to_be_bytes(), &bind[..]].concat(),
        load.expose().to_vec(),
        write(&Answer::Identities(vec![(key.clone(), "deploy".into()); 3])),
        write(&Answer::Signature(signed)),
        write(&Answer::Extensions),
    ];
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for seed in &corpus {
        fuzz(seed);
        for _ in 0..400 {
            let mut changed = seed.clone();
            for _ in 0..=random(3) {
                let at = random(changed.len());
                match random(4) {
                    0 => changed.truncate(at),
                    1 => changed.insert(at, random(256) as u8),
                    2 => drop(changed.get_mut(at).map(|byte| *byte ^= 1 << random(8))),
                    _ => drop(changed.get_mut(at).map(|byte| *byte = 0xff)),
                }
            }
            fuzz(&changed);
        }
    }
}
