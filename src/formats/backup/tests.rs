//! What a backup holds comes back as it was, and what is wrong with one is told.

use std::io::Cursor;

use age::secrecy::ExposeSecret as _;
use proptest::prelude::*;

use super::share::{self, Share, ShareError, Split};
use super::*;
use crate::model::{Digest, KeyId};
use crate::secret::Passphrase;

const WORDS: &str = "seven-quiet-otters-paint-the-harbour-green";

fn head(form: u32) -> Head {
    Head {
        form,
        program: "0.1.0".into(),
        backup: BackupId([1; 16]),
        inventory: InventoryId([2; 16]),
        home: StoreKind::Files,
        made: Time::from_second(1_800_000_000),
        seq: 7,
        hash: Digest([3; 32]),
    }
}

fn manifest(objects: &[&str]) -> Manifest {
    let holds = objects.iter().map(|object| Listed {
        key: KeyId([4; 16]),
        name: "api".into(),
        version: 1,
        object: (*object).into(),
        known_by: Digest([5; 32]),
    });
    let backup = Backup {
        id: BackupId([1; 16]),
        at: Time::from_second(1_800_000_000),
        place: "/media/usb".into(),
        covers: 7,
        except: Vec::new(),
        recipients: Vec::new(),
        shares: None,
        sha256: None,
        rehearsed: None,
    };
    Manifest { backup, holds: holds.collect(), lacks: Vec::new() }
}

/// A backup with one large and many small secrets.
fn written(form: u32, listed: &[&str]) -> Vec<u8> {
    let words = Passphrase::new(WORDS.into());
    let mut writer = Writer::begin(Vec::new(), &To::Passphrase(&words), &head(form)).unwrap();
    writer.keys(&SecretBytes::new(vec![9; 32]), None, Some(b"identity"), None).unwrap();
    let log = b"(v:1)\n".repeat(50_000);
    writer.log(log.len() as u64, &mut &log[..]).unwrap();
    writer.settings(b"()").unwrap();
    writer.secret("aa", &SecretBytes::new(vec![7; 100_000])).unwrap();
    writer.secret("bb", &SecretBytes::new(b"small".to_vec())).unwrap();
    writer.finish(&manifest(listed)).unwrap().0
}

fn opened(file: &[u8], words: &str) -> Result<(Vec<String>, Manifest), BackupError> {
    let mut pieces = Vec::new();
    let opener = Opener::Passphrase(Passphrase::new(words.into()));
    let manifest = read(Cursor::new(file), &opener, &mut |piece| {
        pieces.push(match piece {
            Piece::Head(head) => format!("head {}", head.seq),
            Piece::LogKey(key) => format!("log key {}", key.expose().len()),
            Piece::IdentityFile(file) => format!("identity {}", file.len()),
            Piece::Log(log) => {
                let mut text = Vec::new();
                log.read_to_end(&mut text).unwrap_or_default();
                format!("log {}", text.len())
            }
            Piece::Settings(text) => format!("settings {}", text.len()),
            Piece::Secret { object, secret } => format!("{object} {}", secret.expose().len()),
            _ => "other".into(),
        });
        Ok::<_, BackupError>(())
    })?;
    Ok((pieces, manifest))
}

#[test]
fn what_was_written_comes_back_in_its_order() {
    let (pieces, found) = opened(&written(FORM, &["aa", "bb"]), WORDS).unwrap();
    assert_eq!(pieces, ["head 7", "log key 32", "identity 8", "log 300000", "settings 2", "aa 100000", "bb 5"]);
    assert_eq!(found, manifest(&["aa", "bb"]));
}

#[test]
fn wrong_newer_foreign_cut_and_changed_files_are_told_apart() {
    let file = written(FORM, &["aa", "bb"]);
    assert!(matches!(opened(&file, "another passphrase"), Err(BackupError::WrongPassphrase)));
    assert!(matches!(opened(&written(FORM + 1, &["aa", "bb"]), WORDS), Err(BackupError::Newer { found: 2 })));
    assert!(matches!(opened(b"", WORDS), Err(BackupError::NoAgeFile)));
    assert!(matches!(opened(b"PK\x03\x04 something else", WORDS), Err(BackupError::NoAgeFile)));
    let words = Passphrase::new(WORDS.into());
    let mut other = seal::begin(&To::Passphrase(&words), Vec::new()).unwrap();
    std::io::Write::write_all(&mut other, b"just a note, no archive at all").unwrap();
    assert!(matches!(opened(&other.finish().unwrap(), WORDS), Err(BackupError::Foreign)));
    let mut damaged = file.clone();
    damaged[file.len() / 2] ^= 1;
    assert!(matches!(opened(&damaged, WORDS), Err(BackupError::Damaged(_))), "{:?}", opened(&damaged, WORDS).err());
    let mut header = file.clone();
    header[100] ^= 1;
    assert!(opened(&header, WORDS).is_err());
}

#[test]
fn cut_anywhere_it_is_never_taken_for_whole() {
    let file = written(FORM, &["aa", "bb"]);
    let cuts = (0..file.len()).step_by(file.len() / 20).chain((file.len() - 600..file.len()).step_by(17));
    for cut in cuts {
        let error = opened(&file[..cut], WORDS).expect_err("it is cut");
        let told = matches!(error, BackupError::Truncated | BackupError::NoAgeFile | BackupError::Damaged(_));
        assert!(told && (cut < 200 || !matches!(error, BackupError::NoAgeFile)), "{cut}: {error}");
        assert!(cut < 400 || matches!(error, BackupError::Truncated), "{cut}: {error}");
    }
}

#[test]
fn a_secret_that_is_not_in_the_list_or_missing_is_damage() {
    assert!(matches!(opened(&written(FORM, &["aa"]), WORDS), Err(BackupError::Damaged(_))));
    assert!(matches!(opened(&written(FORM, &["aa", "bb", "cc"]), WORDS), Err(BackupError::Damaged(_))));
}

#[test]
fn a_passphrase_does_not_open_what_recipients_open_and_the_other_way_round() {
    let identity = age::x25519::Identity::generate();
    let encoded = identity.to_public().to_string();
    let key = crate::model::RecipientKey {
        kind: crate::model::RecipientKeyKind::AgeX25519,
        encoded: encoded.as_str().into(),
        sha256: Digest([0; 32]),
        begins: None,
        expires: None,
        service_id: "".into(),
        confirmed: None,
    };
    let mut writer = Writer::begin(Vec::new(), &To::Recipients(vec![("Ada", &key)]), &head(FORM)).unwrap();
    writer.keys(&SecretBytes::new(vec![9; 32]), None, None, None).unwrap();
    writer.log(1, &mut &b"\n"[..]).unwrap();
    let file = writer.finish(&manifest(&[])).unwrap().0;
    assert!(matches!(opened(&file, WORDS), Err(BackupError::ForRecipients)));
    let with = |text: String, file: &[u8]| {
        let opener = Opener::Identity(SecretBytes::new(text.into_bytes()));
        let take = &mut |piece: Piece<'_>| {
            if let Piece::Log(log) = piece {
                std::io::copy(log, &mut std::io::sink()).unwrap();
            }
            Ok::<_, BackupError>(())
        };
        read(Cursor::new(file), &opener, take)
    };
    let own = format!("# created: today\n{}\n", identity.to_string().expose_secret());
    assert!(with(own.clone(), &file).is_ok());
    let other = age::x25519::Identity::generate().to_string().expose_secret().to_owned();
    assert!(matches!(with(other, &file), Err(BackupError::NoSuchIdentity)));
    assert!(matches!(with("nothing".into(), &file), Err(BackupError::Identity(_))));
    assert!(matches!(with(own, &written(FORM, &["aa", "bb"])), Err(BackupError::UnderPassphrase)));
}

fn shares(needed: u8, made: u8) -> Vec<Share> {
    share::split(&Passphrase::new(WORDS.into()), Split::new(needed, made).unwrap()).unwrap()
}

/// A share as its lines are typed.
fn typed(share: &Share) -> String {
    share.lines().iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n")
}

fn again(share: &Share) -> Share {
    Share::parse(&typed(share), "the sheet").unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn any_k_of_n_shares_give_the_passphrase() {
    let all = shares(3, 5);
    for (a, b, c) in [(0, 1, 2), (4, 2, 0), (1, 3, 4), (3, 2, 1)] {
        let some = [again(&all[a]), again(&all[b]), again(&all[c])];
        assert_eq!(share::join(&some).unwrap_or_else(|error| panic!("{error}")).expose(), WORDS);
    }
    let every: Vec<Share> = all.iter().map(again).collect();
    assert_eq!(share::join(&every).unwrap_or_else(|error| panic!("{error}")).expose(), WORDS);
}

#[test]
fn too_few_mixed_and_repeated_shares_are_named() {
    let (all, others) = (shares(3, 5), shares(3, 5));
    let told = |shares: &[Share]| share::join(shares).err().expect("they do not fit");
    let set = all[0].set();
    assert_eq!(told(&[again(&all[0]), again(&all[1])]), ShareError::TooFew { set: set.clone(), have: 2, needed: 3 });
    let mixed = told(&[again(&all[0]), again(&others[1]), again(&all[2])]);
    assert_eq!(mixed, ShareError::Mixed { first: set.clone(), other: others[1].set() });
    let repeated = told(&[again(&all[0]), again(&all[1]), again(&all[1])]);
    assert_eq!(repeated, ShareError::Repeated { number: all[1].number(), set });
}

#[test]
fn a_mistyped_line_is_told_by_its_number() {
    let share = &shares(2, 3)[0];
    let lines: Vec<String> = share.lines().iter().map(|line| line.to_string()).collect();
    for wrong in 0..lines.len() {
        let mut typed = lines.clone();
        let at = typed[wrong].len() - 7;
        let old = typed[wrong].remove(at);
        typed[wrong].insert(at, if old == '7' { '8' } else { '7' });
        let error = Share::parse(&typed.join("\n"), "share 1").err().expect("it is mistyped");
        assert_eq!(error, ShareError::Mistyped { sheet: "share 1".into(), line: wrong + 1 });
    }
    let missing = [&lines[..1], &lines[2..]].concat().join("\n");
    assert_eq!(Share::parse(&missing, "s").err(), Some(ShareError::Lines("s".into())));
    let cut = lines[..lines.len() - 1].join("\n");
    assert_eq!(Share::parse(&cut, "s").err(), Some(ShareError::Lines("s".into())));
    assert_eq!(Share::parse("\n", "s").err(), Some(ShareError::None("s".into())));
    let other: Vec<String> = shares(2, 3)[1].lines().iter().map(|line| line.to_string()).collect();
    let mixed = [&lines[..2], &other[2..]].concat().join("\n");
    assert_eq!(Share::parse(&mixed, "s").err(), Some(ShareError::Lines("s".into())));
}

#[test]
fn lines_are_read_however_they_are_spaced_and_without_their_numbers() {
    let share = &shares(2, 2)[1];
    let parts: Vec<String> = share.lines().iter().map(|line| line.split_once(':').unwrap().1.replace(' ', "")).collect();
    let bare = parts.join(
        "
",
    );
    let lower = bare.to_lowercase().replace('0', "o").replace('1', "l");
    assert_eq!(typed(&Share::parse(&lower, "s").unwrap_or_else(|error| panic!("{error}"))), typed(share));
}

#[test]
fn a_sheet_is_read_as_the_lines_on_it() {
    let share = &shares(2, 3)[2];
    let about = sheet::About { file: "a<b>.age", day: "2026-11-26", backup: "00" };
    let html = String::from_utf8(sheet::sheet(share, &about).expose().to_vec()).unwrap();
    assert!(html.contains("a&lt;b&gt;.age") && html.contains("Share 3 of 3") && !html.contains("http"));
    assert_eq!(typed(&Share::parse(&html, "s").unwrap_or_else(|error| panic!("{error}"))), typed(share));
    assert_eq!(sheet::file_name(share), "share-3-of-3.html");
}

#[test]
fn shares_that_were_changed_and_sealed_anew_do_not_give_a_wrong_passphrase() {
    // As if one sheet of the set were of another passphrase under the same set: its own check is right.
    let all = shares(2, 3);
    let forged = all[1].forged_for_tests();
    assert_eq!(share::join(&[again(&all[0]), again(&forged)]).err(), Some(ShareError::Wrong(all[0].set())));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever is typed, it is refused or it is the share.
    #[test]
    fn nothing_that_is_typed_is_taken_for_another_share(at in 0_usize..400, letter in "[0-9A-Z ]") {
        let share = &shares(2, 2)[0];
        let right = typed(share);
        let mut wrong: Vec<char> = right.chars().collect();
        let at = at % wrong.len();
        wrong[at] = letter.chars().next().unwrap();
        let wrong: String = wrong.into_iter().collect();
        if let Ok(found) = Share::parse(&wrong, "s") {
            prop_assert_eq!(typed(&found), right);
        }
    }

    /// No bytes make the reader stop with a panic.
    #[test]
    fn any_file_is_refused_with_a_reason(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let magic = [&b"age-encryption.org/v1\n"[..], &bytes].concat();
        prop_assert!(opened(&bytes, WORDS).is_err());
        prop_assert!(opened(&magic, WORDS).is_err());
    }
}
