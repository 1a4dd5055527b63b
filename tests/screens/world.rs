//! The inventory that every screen test shows: forty keys in all states, replayed from records as the
//! program replays its log. The day is 23 November 2026.

use std::sync::Arc;

use keystead::custodian::{Health, LockState, Verification};
use keystead::model::{
    Algorithm, Digest, Event, Format, Intent, Inventory, InventoryId, KeyId, KeySpec, Locator, NewKey, NewVersion, OperationId,
    Purpose, Record, RequestProfile, Rotation, Store, StoreKind, Time, Transition, VersionRef, profile,
};

/// The home store.
pub const HOME: &str = "GNOME Keyring";
/// The other store.
pub const FILES: &str = "Encrypted files";

/// The start of a day.
pub fn day(date: &str) -> Time {
    format!("{date}T00:00:00Z").parse().expect("a date")
}

/// Now, in every screen test.
pub fn now() -> Time {
    day("2026-11-23").plus_seconds(10 * 3_600)
}

/// The inventory and the records it was replayed from.
pub struct World {
    pub inventory: Inventory,
    pub records: Vec<Arc<Record>>,
}

type Row = (&'static str, Purpose, Algorithm, &'static str, &'static str, &'static str, &'static str, &'static str);

use Algorithm::{EcdsaP256, EcdsaP384, Ed25519, MlDsa44, MlDsa65, MlDsa87, Rsa2048, Rsa3072, Rsa4096};
use Purpose::{CodeSigning, Custom, DocumentSigning, RootOfTrust, Ssh, TlsClient, TlsServer, TokenSigning};

/// Name, purpose, algorithm, active from, until, store, owner, tags.
const KEYS: [Row; 40] = [
    ("api.example.com", TlsServer, EcdsaP256, "2025-11-12", "2026-06-05", HOME, "Mira", "prod web"),
    ("api.staging.example.com", TlsServer, EcdsaP256, "2026-10-02", "2027-04-20", HOME, "Mira", "staging"),
    ("apk-release-signing", CodeSigning, Rsa4096, "2025-10-30", "2027-02-01", HOME, "Jonas", "mobile"),
    ("artifact-registry-pull", TlsClient, Ed25519, "2026-03-01", "2027-03-01", FILES, "Platform", "ci registry"),
    ("auth-jwt-signer", TokenSigning, Ed25519, "2026-06-17", "2026-12-14", FILES, "Identity", "jwt prod"),
    ("auth-jwt-signer-eu", TokenSigning, Ed25519, "2026-12-01", "2027-05-30", FILES, "Identity", "eu jwt"),
    ("backup-host-01", Ssh, Ed25519, "2026-11-03", "2027-11-03", FILES, "Jonas", "backup"),
    ("backup-host-02", Ssh, Ed25519, "2026-11-03", "2027-11-03", FILES, "Jonas", "backup"),
    ("bastion.eu-west", Ssh, Ed25519, "2026-08-19", "2027-08-19", FILES, "Platform", "prod ssh"),
    ("billing-webhook-jws", TokenSigning, EcdsaP256, "2026-10-12", "2027-04-10", HOME, "Identity", "billing"),
    ("build-agent-07", Ssh, Ed25519, "2026-09-30", "2027-09-30", FILES, "Platform", "ci"),
    ("cdn.example.com", TlsServer, Rsa2048, "2026-05-03", "2026-11-19", HOME, "Mira", "prod"),
    ("cdn2.example.com", TlsServer, EcdsaP256, "2026-11-09", "2027-05-27", HOME, "Mira", "prod"),
    ("code-sign-windows", CodeSigning, Rsa3072, "2025-10-17", "2027-01-20", HOME, "Jonas", "release"),
    ("contracts-signing", DocumentSigning, EcdsaP384, "2026-06-02", "2028-06-01", HOME, "Legal", "eidas"),
    ("deploy-frontend", Ssh, Ed25519, "2025-12-08", "2026-12-08", FILES, "Platform", "ci deploy"),
    ("deploy-infra", Ssh, Ed25519, "2026-02-17", "2028-02-17", FILES, "Platform", "ci deploy"),
    ("dev-root-ml-dsa", RootOfTrust, MlDsa44, "2026-12-15", "2036-12-12", FILES, "Security", "pqc"),
    ("edge-mtls-client", TlsClient, EcdsaP256, "2026-01-11", "2027-01-11", HOME, "Platform", "edge"),
    ("firmware-root-ml-dsa", RootOfTrust, MlDsa65, "2026-10-08", "2036-10-05", FILES, "Security", "pqc"),
    ("git.example.com", TlsServer, EcdsaP256, "2026-09-15", "2027-04-02", HOME, "Mira", "prod"),
    ("grafana.example.com", TlsServer, EcdsaP256, "2026-09-08", "2027-03-26", HOME, "Platform", "monitoring"),
    ("invoice-seal", DocumentSigning, EcdsaP384, "2025-03-01", "2027-02-28", HOME, "Legal", "eidas finance"),
    ("kiosk-berlin-03", TlsClient, EcdsaP256, "2026-04-04", "2027-04-04", FILES, "", "retail"),
    ("legacy-proxy", TlsServer, Rsa2048, "2025-12-01", "2026-06-18", HOME, "Mira", "legacy"),
    ("legacy-vpn", TlsClient, Rsa2048, "2025-10-01", "2026-10-01", HOME, "Jonas", "legacy vpn"),
    ("mail.example.com", TlsServer, EcdsaP256, "2026-11-02", "2027-05-20", HOME, "Platform", "mail prod"),
    ("metrics-push", TlsClient, Ed25519, "2026-07-01", "2027-07-01", FILES, "Platform", "monitoring"),
    ("nightly-build-signing", CodeSigning, Ed25519, "2026-08-11", "2027-11-14", FILES, "Jonas", "ci release"),
    ("offline-root-2026", RootOfTrust, MlDsa87, "2026-01-05", "2036-01-03", FILES, "Security", "ca pqc"),
    ("partner-gateway", TlsClient, EcdsaP256, "2026-05-05", "2027-05-05", HOME, "Identity", "partner"),
    ("pay\u{202e}moc.knab", TlsServer, EcdsaP256, "2026-09-20", "2027-04-07", HOME, "Mira", "prod"),
    ("payroll-documents", DocumentSigning, EcdsaP384, "2026-01-20", "2028-01-20", HOME, "Legal", "finance"),
    ("release-notes-signing", CodeSigning, Rsa3072, "2026-05-22", "2027-08-25", HOME, "Jonas", "release"),
    ("search-indexer", TokenSigning, Ed25519, "2026-09-02", "2027-03-01", FILES, "Identity", "jwt"),
    ("shop.example.com", TlsServer, EcdsaP256, "2026-08-30", "2027-03-18", HOME, "Mira", "prod shop"),
    (
        "staging-environment-for-the-quarterly-audit-rehearsal.eu-central-1.internal.example.com",
        TlsServer,
        EcdsaP256,
        "2026-10-20",
        "2027-05-08",
        HOME,
        "Platform engineering and operations",
        "a-rather-long-tag audit staging",
    ),
    ("telemetry-ingest", Custom, Ed25519, "2026-10-01", "2027-10-01", FILES, "Platform", "monitoring"),
    ("vault-unseal-witness", Custom, EcdsaP384, "2026-03-15", "2028-03-15", FILES, "Security", "backup"),
    ("wiki.example.com", TlsServer, EcdsaP256, "2026-08-24", "2027-03-12", HOME, "Mira", "intranet"),
];

/// The id of a key of [`KEYS`], by its name.
pub fn id(name: &str) -> KeyId {
    let number = KEYS.iter().position(|row| row.0 == name).expect("a key of the world");
    KeyId(bytes(1, number as u8))
}

/// Bytes that look random and are always the same.
fn bytes<const N: usize>(kind: u8, number: u8) -> [u8; N] {
    let mut state = u64::from(kind) << 8 | u64::from(number);
    std::array::from_fn(|_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 56) as u8
    })
}

/// Of the first version unless told otherwise.
fn version(name: &str) -> VersionRef {
    VersionRef { key: id(name), version: 1 }
}

/// Of Ed25519 one that can be read (RFC 8410 section 4); of others nothing but bytes.
fn public_key(algorithm: Algorithm, kind: u8, salt: u8) -> Box<[u8]> {
    match algorithm {
        Algorithm::Ed25519 => {
            [&b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"[..], &bytes::<32>(kind, salt)].concat().into()
        }
        _ => Box::new(bytes::<91>(kind, salt)),
    }
}

fn new_version(number: u32, salt: u8, algorithm: Algorithm, from: &str, until: &str, store: &str) -> NewVersion {
    NewVersion {
        number,
        algorithm,
        locator: Locator { store: store.into(), object: format!("item-{salt}-{number}").into(), engine_version: None },
        public_key: public_key(algorithm, number as u8 + 10, salt),
        spki_sha256: Digest(bytes(number as u8 + 20, salt)),
        ssh_sha256: algorithm.has_openssh_form().then(|| Digest(bytes(number as u8 + 30, salt))),
        activates: Some(day(from)),
        expires: Some(day(until).plus_seconds(86_399)),
        zone: "UTC".into(),
        mac: None,
        origin: None,
    }
}

/// What happened, each with its time, in any order.
struct Story {
    happened: Vec<(Time, Vec<Event>)>,
    operations: u8,
}

impl Story {
    fn at(&mut self, time: Time, event: Event) {
        self.happened.push((time, vec![event]));
    }

    fn operation(&mut self, time: Time, intent: Intent) {
        self.operations += 1;
        let operation = OperationId(bytes(3, self.operations));
        self.happened.push((time, vec![Event::Begun { operation, intent }]));
        self.happened.push((time.plus_seconds(1), vec![Event::Done { operation }]));
    }

    fn turn(&mut self, time: Time, of: &str, transition: Transition, reason: &str) {
        self.at(time, Event::Transitioned { version: version(of), transition, reason: reason.into() });
    }

    fn hand_over(&mut self, date: &str, of: &str, number: u32, recipient: &str, format: Format) {
        let version = VersionRef { key: id(of), version: number };
        let elsewhere = format == Format::Certificate;
        self.at(
            day(date).plus_seconds(40_000),
            Event::HandedOver { version, recipient: recipient.into(), format, at: day(date), elsewhere },
        );
    }

    fn keys(&mut self, wanted: impl Fn(&Row) -> bool) {
        for (number, row) in (0_u8..).zip(&KEYS).filter(|(_, row)| wanted(row)) {
            let (name, purpose, algorithm, from, until, store, owner, tags) = *row;
            let mut tags: Vec<Box<str>> = tags.split(' ').map(Into::into).collect();
            tags.sort_unstable();
            let note = if name == "api.example.com" {
                "Behind both load balancers.\nAsk the platform team before the next change."
            } else {
                ""
            };
            let key = NewKey {
                id: id(name),
                name: name.into(),
                purpose,
                owner: owner.into(),
                tags,
                warn_days: profile::standard(purpose).warn_days.clone().into(),
                note: note.into(),
                version: new_version(1, number, algorithm, from, until, store),
            };
            let made = day(from).plus_days(-2).min(now().plus_days(-3)).plus_seconds(30_000 + i64::from(number) * 60);
            self.operation(made, Intent::Generate { keys: vec![key] });
        }
    }

    /// The second and third version of the key that pictures show, its request and its certificate.
    fn api(&mut self) {
        let key = id("api.example.com");
        let of = |number| VersionRef { key, version: number };
        for (number, made, from, until) in
            [(2, "2026-01-10", "2026-01-12", "2026-06-05"), (3, "2026-05-25", "2026-05-27", "2026-12-12")]
        {
            let version = new_version(number, 0, EcdsaP256, from, until, HOME);
            let overlap_ends = day(made).plus_days(11);
            let rotation = Rotation { key, version, old: number - 1, overlap_ends };
            self.operation(day(made).plus_seconds(32_000), Intent::Rotate { rotations: vec![rotation], by_itself: false });
        }
        self.operation(day("2026-06-30").plus_seconds(50_000), Intent::Destroy { versions: vec![of(1)], reason: String::new() });
        let (key_usage, extended_key_usage) = RequestProfile::usages_for(TlsServer);
        let profile = RequestProfile {
            subject: "CN=api.example.com,O=Example GmbH,C=DE".into(),
            dns: vec!["api.example.com".into(), "www.api.example.com".into()],
            key_usage,
            extended_key_usage,
            ..RequestProfile::default()
        };
        let request = Intent::Request {
            version: of(3),
            profile: Box::new(profile),
            format: Format::RequestPem,
            recipient: Some("Example CA".into()),
            path: "/home/mira/api.example.com.csr".into(),
            sha256: Digest(bytes(9, 9)),
        };
        self.operation(day("2026-05-27").plus_seconds(31_000), request);
        let certificate = crate::certificates::facts("api");
        self.at(
            day("2026-05-28").plus_seconds(30_000),
            Event::CertificateAttached { version: of(3), certificate: Box::new(certificate), issuer: None },
        );
        self.hand_over("2026-05-28", "api.example.com", 3, "edge-eu-1", Format::Certificate);
        self.hand_over("2026-06-02", "api.example.com", 3, "partner-gateway", Format::Jwk);
    }

    fn rest(&mut self) {
        let since = day("2026-10-14");
        self.turn(since, "billing-webhook-jws", Transition::Suspend { from: since, until: None }, "supplier audit");
        let since = day("2026-11-21");
        self.turn(since, "build-agent-07", Transition::Compromise { since }, "found in a public image");
        let since = day("2026-09-02");
        self.turn(since, "legacy-vpn", Transition::Compromise { since }, "laptop stolen");
        self.operation(day("2026-09-03"), Intent::Destroy { versions: vec![version("legacy-vpn")], reason: String::new() });
        self.operation(day("2026-07-01"), Intent::Destroy { versions: vec![version("legacy-proxy")], reason: String::new() });
        for (date, of, recipient, format) in [
            ("2026-06-17", "auth-jwt-signer", "shop-frontend", Format::Jwk),
            ("2026-06-18", "auth-jwt-signer", "partner-gateway", Format::Jwk),
            ("2026-11-04", "backup-host-01", "Hetzner robot", Format::OpenSsh),
            ("2026-10-01", "build-agent-07", "git.example.com", Format::OpenSsh),
            ("2026-10-02", "build-agent-07", "Hetzner robot", Format::OpenSsh),
            ("2026-11-10", "cdn2.example.com", "Example CA", Format::RequestPem),
            ("2026-11-12", "cdn2.example.com", "edge-eu-1", Format::Certificate),
            ("2026-02-18", "deploy-infra", "git.example.com", Format::OpenSsh),
            ("2025-12-09", "deploy-frontend", "git.example.com", Format::OpenSsh),
            ("2026-01-12", "edge-mtls-client", "partner-gateway", Format::SpkiPem),
            ("2026-06-05", "contracts-signing", "Notary Weber & Partners, Hamburg office", Format::SpkiDer),
        ] {
            self.hand_over(date, of, 1, recipient, format);
        }
        self.at(day("2026-11-08"), Event::BackupMade { place: "USB stick in the safe".into(), backup: None });
        self.at(now().plus_seconds(-7_000), Event::Unlocked);
    }

    /// A new version of a key, made two days before it may be used, or before now.
    fn rotate(&mut self, of: &str, number: u32, from: &str, until: &str, overlap_ends: &str) {
        let row = KEYS.iter().position(|row| row.0 == of).expect("a key of the world");
        let version = new_version(number, row as u8, KEYS[row].2, from, until, KEYS[row].5);
        let rotation = Rotation { key: id(of), version, old: number - 1, overlap_ends: day(overlap_ends) };
        let made = day(from).plus_days(-2).min(now().plus_days(-2)).plus_seconds(33_000);
        self.operation(made, Intent::Rotate { rotations: vec![rotation], by_itself: false });
    }

    /// Rotations past and to come, overlaps, a version that waits for its day, destructions that wait for
    /// theirs, and a week in March in which many keys end.
    fn ahead(&mut self) {
        self.rotate("api.example.com", 4, "2026-11-20", "2027-06-07", "2026-12-02");
        self.rotate("api.staging.example.com", 2, "2026-11-16", "2027-06-03", "2026-12-06");
        self.rotate("wiki.example.com", 2, "2026-12-14", "2027-07-01", "2027-01-15");
        self.rotate("git.example.com", 2, "2026-10-20", "2027-05-07", "2026-11-12");
        self.rotate("shop.example.com", 2, "2026-10-05", "2027-04-22", "2026-10-25");
        self.rotate("auth-jwt-signer", 2, "2026-11-21", "2027-05-20", "2026-11-28");
        self.rotate("edge-mtls-client", 2, "2026-11-10", "2027-11-09", "2026-11-30");
        let waits = [("shop.example.com", "2026-11-05", "2026-12-17"), ("cdn.example.com", "2026-11-20", "2027-01-11")];
        for (of, ordered, due) in waits {
            self.turn(day(ordered), of, Transition::PlanDestruction { due: day(due) }, "replaced");
        }
        for (of, until) in [
            ("kiosk-berlin-03", "2027-03-17"),
            ("partner-gateway", "2027-03-16"),
            ("metrics-push", "2027-03-18"),
            ("artifact-registry-pull", "2027-03-15"),
            ("search-indexer", "2027-03-17"),
            ("telemetry-ingest", "2027-03-19"),
            ("mail.example.com", "2027-03-17"),
            ("grafana.example.com", "2027-03-18"),
        ] {
            let expires = day(until).plus_seconds(86_399);
            self.turn(day("2026-11-12"), of, Transition::ChangeExpiry { expires }, "before the data centre moves");
        }
    }
}

/// The usual keys with rotations past and to come, and a busy week in March.
pub fn ahead() -> World {
    let mut story = Story { happened: vec![(day("2025-02-20"), start(StoreKind::Keychain))], operations: 0 };
    // Without the names that are there to be difficult.
    story.keys(|row| !row.0.contains('\u{202e}') && row.0.len() < 40);
    story.api();
    story.rest();
    story.ahead();
    replay(story.happened)
}

/// Roots of trust only, of which nothing comes due for years.
pub fn calm() -> World {
    let mut story = Story { happened: vec![(day("2025-02-20"), start(StoreKind::Keychain))], operations: 0 };
    story.keys(|row| row.0.contains("-root-2026") || row.0.starts_with("firmware"));
    replay(story.happened)
}

/// An inventory without keys.
pub fn empty(kind: StoreKind) -> World {
    let name = if kind == StoreKind::Keychain { HOME } else { FILES };
    let start = vec![Event::InventoryCreated { home: name.into() }, Event::StoreAdded(Store::new(name, kind))];
    replay(vec![(day("2026-11-20"), start)])
}

/// The inventory of the pictures.
pub fn usual() -> World {
    usual_in(StoreKind::Keychain)
}

/// The same with another kind of home store.
pub fn usual_in(home: StoreKind) -> World {
    let mut story = Story { happened: vec![(day("2025-02-20"), start(home))], operations: 0 };
    story.keys(|_| true);
    story.api();
    story.rest();
    replay(story.happened)
}

/// The usual inventory where another store stands in the place of the encrypted files.
pub fn with_store(store: &Store) -> World {
    let mut story = Story { happened: vec![(day("2025-02-20"), start(StoreKind::Keychain))], operations: 0 };
    story.keys(|_| true);
    story.api();
    story.rest();
    let at = |locator: &mut Locator| {
        if &*locator.store == FILES {
            locator.store = store.name.clone();
        }
    };
    for event in story.happened.iter_mut().flat_map(|(_, events)| events) {
        match event {
            Event::StoreAdded(added) if &*added.name == FILES => *added = store.clone(),
            Event::Begun { intent: Intent::Generate { keys }, .. } => {
                keys.iter_mut().for_each(|key| at(&mut key.version.locator));
            }
            Event::Begun { intent: Intent::Rotate { rotations, .. }, .. } => {
                rotations.iter_mut().for_each(|rotation| at(&mut rotation.version.locator));
            }
            _ => {}
        }
    }
    replay(story.happened)
}

/// The first record of an inventory with both stores.
fn start(home: StoreKind) -> Vec<Event> {
    vec![
        Event::InventoryCreated { home: HOME.into() },
        Event::StoreAdded(Store::new(HOME, home)),
        Event::StoreAdded(Store::new(FILES, StoreKind::Files)),
        Event::RecoveryMade,
    ]
}

fn replay(mut happened: Vec<(Time, Vec<Event>)>) -> World {
    happened.sort_by_key(|(time, _)| *time);
    let mut world = World { inventory: Inventory::default(), records: Vec::new() };
    for (time, events) in happened {
        world.append(time, events);
    }
    world
}

impl World {
    /// The next record, applied; give it to the window as a change.
    pub fn append(&mut self, time: Time, events: Vec<Event>) -> Arc<Record> {
        let seq = self.inventory.seq() + 1;
        let record = Record {
            v: 1,
            seq,
            time,
            actor: "Mira".into(),
            installation: keystead::model::InstallationId([7; 16]),
            inventory: InventoryId([5; 16]),
            events,
            offset: seq * 100,
        };
        self.inventory.apply(&record).expect("the story holds together");
        let record = Arc::new(record);
        self.records.push(record.clone());
        record
    }

    /// What happens when this key is made, and its id.
    pub fn made(&self, spec: &KeySpec) -> (Vec<Event>, KeyId) {
        let id = KeyId(bytes(4, 1));
        let key = NewKey {
            id,
            name: spec.name.as_str().into(),
            purpose: spec.purpose,
            owner: spec.owner.as_str().into(),
            tags: Vec::new(),
            warn_days: spec.warn_days.clone().into(),
            note: "".into(),
            version: new_version(1, 200, spec.algorithm, "2026-11-23", "2027-11-23", HOME),
        };
        let operation = OperationId(bytes(4, 2));
        (vec![Event::Begun { operation, intent: Intent::Generate { keys: vec![key] } }, Event::Done { operation }], id)
    }

    /// What happens when the current version of a key is replaced: a version like it, until a year from now.
    pub fn rotated(&self, name: &str) -> Vec<Event> {
        let key = self.inventory.key(id(name)).expect("a key of the world");
        let old = key.current(now()).expect("a version");
        let number = key.versions.len() as u32 + 1;
        let version = new_version(number, 201, old.algorithm, "2026-11-22", "2027-11-22", &old.locator.store);
        let overlap_ends = old.life.expires.map_or(now(), |end| end.min(now().plus_days(14)));
        let rotation = Rotation { key: key.id, version, old: old.number, overlap_ends };
        let operation = OperationId(bytes(5, number as u8));
        let intent = Intent::Rotate { rotations: vec![rotation], by_itself: false };
        vec![Event::Begun { operation, intent }, Event::Done { operation }]
    }

    /// Everything is well, and the home store is open.
    pub fn health(&self) -> Health {
        let home = self.inventory.home().map(|home| home.kind);
        Health {
            lock: LockState::Unlocked,
            verification: Some(Verification {
                records: self.inventory.seq(),
                bytes: self.inventory.seq() * 1_310,
                authenticated: true,
                at: now(),
                damage: None,
            }),
            home_name: self.inventory.home().map(|home| home.name.to_string()).unwrap_or_default(),
            asks_passphrase: home == Some(StoreKind::Files),
            folder: "/home/mira/.local/share/keystead".into(),
            ..Health::default()
        }
    }
}
