//! Three servers that are one by Raft, with TLS of an authority of their own. Their leader is killed in the middle of work.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keystead::crypto;
use keystead::model::Algorithm;
use keystead::network::bao::{BaoError, Connection, KeyType, Login, NewTransitKey, Scheme, Server};
use keystead::network::http::{Distrust, Endpoint, HttpError, Identity, Roots};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::server::{bounds, clean_command, free_port, openssl, program, token};

const NODES: usize = 3;

/// The cluster under test.
struct Cluster {
    folder: TempDir,
    nodes: Vec<Node>,
    root: String,
}

struct Node {
    child: Child,
    address: String,
}

/// A certificate by the authority of the folder, for loopback.
fn certificate(folder: &Path, name: &str, more: &str) {
    std::fs::write(folder.join(format!("{name}.ext")), more).unwrap();
    openssl(
        folder,
        &format!(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ),
    );
    openssl(
        folder,
        &format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile {name}.ext -out {name}.pem"
        ),
    );
}

fn authority(folder: &Path) {
    openssl(
        folder,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=authority",
    );
    certificate(folder, "node", "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n");
    certificate(folder, "client", "extendedKeyUsage=clientAuth\n");
}

fn config(folder: &Path, number: usize, ports: &[u16]) -> PathBuf {
    let data = folder.join(format!("data-{number}"));
    std::fs::create_dir(&data).unwrap();
    let (data, ca) = (data.display(), folder.join("ca.pem").display().to_string());
    let (cert, key) = (folder.join("node.pem").display().to_string(), folder.join("node.key").display().to_string());
    let join: Vec<String> = ports
        .iter()
        .map(|port| {
            format!("  retry_join {{\n leader_api_addr = \"https://127.0.0.1:{port}\"\n leader_ca_cert_file = \"{ca}\"\n }}\n")
        })
        .collect();
    let join = join.concat();
    let (port, cluster) = (ports[number], ports[number] + 1);
    let text = format!(
        "storage \"raft\" {{\n path = \"{data}\"\n node_id = \"node-{number}\"\n performance_multiplier = 1\n{join}}}\n\
         listener \"tcp\" {{\n address = \"127.0.0.1:{port}\"\n cluster_address = \"127.0.0.1:{cluster}\"\n tls_cert_file = \"{cert}\"\n tls_key_file = \"{key}\"\n }}\n\
         api_addr = \"https://127.0.0.1:{port}\"\ncluster_addr = \"https://127.0.0.1:{cluster}\"\n"
    );
    let path = folder.join(format!("node-{number}.hcl"));
    std::fs::write(&path, text).unwrap();
    path
}

impl Cluster {
    fn start(test: &str) -> Option<Self> {
        let program = program(test)?;
        let folder = tempfile::tempdir().unwrap();
        authority(folder.path());
        let ports: Vec<u16> = (0..NODES).map(|_| free_port()).collect();
        let start = |number: usize| {
            let mut command = clean_command(&program, folder.path());
            command.args(["server", "-config"]).arg(config(folder.path(), number, &ports));
            Node { child: command.spawn().unwrap(), address: format!("https://127.0.0.1:{}", ports[number]) }
        };
        let nodes = (0..NODES).map(start).collect();
        let mut cluster = Self { folder, nodes, root: String::new() };
        cluster.set_up();
        Some(cluster)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `curl`, so that what is tested does not set up its own test.
    fn curl(&self, address: &str, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let mut command = std::process::Command::new("curl");
        command.args(["-sS", "--noproxy", "*", "--max-time", "30", "-X", method, "--cacert"]).arg(self.path("ca.pem"));
        command.args(["-H", &format!("X-Vault-Token: {}", self.root), "-d", &body.to_string(), &format!("{address}/v1/{path}")]);
        let ended = command.output().unwrap();
        let text = String::from_utf8_lossy(&ended.stdout).into_owned();
        if !ended.status.success() || text.contains("\"errors\"") {
            return Err(format!("{text}{}", String::from_utf8_lossy(&ended.stderr)));
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    #[track_caller]
    fn patiently(&self, what: &str, act: impl Fn() -> Result<Value, String>) -> Value {
        let until = Instant::now() + Duration::from_secs(90);
        loop {
            match act() {
                Ok(answer) => return answer,
                Err(error) if Instant::now() > until => panic!("{what}: {error}"),
                Err(_) => std::thread::sleep(Duration::from_millis(200)),
            }
        }
    }

    fn set_up(&mut self) {
        let first = self.nodes[0].address.clone();
        let share = json!({ "secret_shares": 1, "secret_threshold": 1 });
        let made = self.patiently("init", || self.curl(&first, "POST", "sys/init", &share));
        self.root = made["root_token"].as_str().unwrap().to_owned();
        let key = json!({ "key": made["keys_base64"][0] });
        for node in &self.nodes {
            // A server that has not joined yet knows no shares, and a key that is given to it then does harm.
            self.patiently("join", || {
                let status = self.curl(&node.address, "GET", "sys/seal-status", &json!({}))?;
                if status["t"] == 1 { Ok(status) } else { Err(format!("{status}")) }
            });
            self.patiently("unseal", || {
                let answer = self.curl(&node.address, "POST", "sys/unseal", &key)?;
                if answer["sealed"] == false { Ok(answer) } else { Err("still sealed".into()) }
            });
        }
        self.patiently("mount", || self.curl(&first, "POST", "sys/mounts/transit", &json!({ "type": "transit" })));
        self.patiently("peers", || {
            let peers = self.curl(&first, "GET", "sys/storage/raft/configuration", &json!({}))?;
            let servers = peers["data"]["config"]["servers"].as_array().map(Vec::len).unwrap_or_default();
            let voters =
                peers["data"]["config"]["servers"].as_array().into_iter().flatten().filter(|one| one["voter"] == true).count();
            if (servers, voters) == (NODES, NODES) { Ok(peers) } else { Err(format!("{peers}")) }
        });
    }

    fn addresses(&self) -> Vec<&str> {
        self.nodes.iter().map(|node| node.address.as_str()).collect()
    }

    fn connection(&self, addresses: &[&str]) -> Connection {
        Connection {
            addresses: addresses.iter().map(|address| Endpoint::parse(address).unwrap()).collect(),
            namespace: None,
            roots: Roots::Pem(std::fs::read(self.path("ca.pem")).unwrap()),
            identity: None,
            bounds: bounds(),
        }
    }

    fn client(&self) -> Server {
        let server = Server::new(self.connection(&self.addresses())).unwrap();
        server.log_in(Login::Token(token(&self.root))).unwrap();
        server
    }

    fn leader(&self, server: &Server) -> usize {
        let leads = |found: &(String, Result<keystead::network::bao::Health, BaoError>)| {
            found.1.as_ref().is_ok_and(|health| !health.standby && !health.sealed)
        };
        server.health_of_all().iter().position(leads).expect("somebody leads")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            let _ = node.child.kill();
            let _ = node.child.wait();
        }
    }
}

const KEYS: usize = 60;
/// Keys that are rotated without a pause, so that some rotation is under way at any moment.
const TURNED: [&str; 4] = ["turned-a", "turned-b", "turned-c", "turned-d"];

#[test]
fn the_leader_dies_in_the_middle_and_every_acknowledged_operation_is_there_once() {
    let Some(mut cluster) = Cluster::start("openbao_cluster") else { return };
    let server = cluster.client();
    let transit = server.transit("transit");
    let new = NewTransitKey { key_type: KeyType::EcdsaP256, exportable: false };
    let signer = transit.create("signer", new).unwrap().versions[0].public_key.clone().unwrap();
    TURNED.iter().for_each(|name| drop(transit.create(name, new).unwrap()));
    let scheme = Scheme::of(Algorithm::EcdsaP256).unwrap();
    let leader = cluster.leader(&server);
    let (made, signed, dead) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));

    let (keys, signatures, rotations) = std::thread::scope(|scope| {
        let creating = scope.spawn(|| {
            let one = |number: usize| {
                let name = format!("batch-{number:03}");
                let key = server.transit("transit").create(&name, new).unwrap();
                made.fetch_add(1, Ordering::Relaxed);
                (name, key.versions[0].public_key.clone().unwrap())
            };
            (0..KEYS).map(one).collect::<BTreeMap<_, _>>()
        });
        let signing = scope.spawn(|| {
            let one = |number: usize| {
                let message = format!("message {number}");
                let signature = server.transit("transit").sign("signer", Some(1), scheme, message.as_bytes()).unwrap();
                signed.fetch_add(1, Ordering::Relaxed);
                (message, signature)
            };
            (0..4 * KEYS).map(one).collect::<Vec<_>>()
        });
        let server = &server;
        let dead = &dead;
        let turning = TURNED.map(|name| {
            scope.spawn(move || {
                let (mut latest, mut after) = (1, 0);
                while after < 3 {
                    after += u32::from(dead.load(Ordering::Relaxed));
                    assert_eq!(server.transit("transit").rotate(name, latest).unwrap().latest, latest + 1, "{name}");
                    latest += 1;
                }
                (name, latest)
            })
        });
        while made.load(Ordering::Relaxed) < 5 || signed.load(Ordering::Relaxed) < 5 {
            std::thread::sleep(Duration::from_millis(2));
        }
        // SIGKILL: nothing is said goodbye to.
        cluster.nodes[leader].child.kill().unwrap();
        cluster.nodes[leader].child.wait().unwrap();
        assert!(made.load(Ordering::Relaxed) < KEYS, "it was in the middle");
        dead.store(true, Ordering::Relaxed);
        (creating.join().unwrap(), signing.join().unwrap(), turning.map(|one| one.join().unwrap()))
    });

    assert_ne!(cluster.leader(&server), leader);
    assert_eq!((keys.len(), signatures.len()), (KEYS, 4 * KEYS));
    for (message, signature) in &signatures {
        assert!(crypto::verify(&signer, message.as_bytes(), signature).unwrap());
    }
    // Asked of a server that lives, by another program: each key is there, in one version, and it is the one that was acknowledged.
    let alive = &cluster.nodes[(leader + 1) % NODES].address;
    let list = cluster.patiently("list", || cluster.curl(alive, "GET", "transit/keys?list=true", &json!({})));
    assert_eq!(list["data"]["keys"].as_array().unwrap().len(), KEYS + 1 + TURNED.len(), "{list}");
    for (name, public_key) in &keys {
        let found = cluster.patiently("read", || cluster.curl(alive, "GET", &format!("transit/keys/{name}"), &json!({})));
        assert_eq!(found["data"]["latest_version"], 1, "{found}");
        let pem = found["data"]["keys"]["1"]["public_key"].as_str().unwrap();
        assert_eq!(&keystead::formats::spki::from_pem(pem).unwrap()[0], public_key, "{name}");
    }
    for (name, latest) in rotations {
        let turned = cluster.patiently("read", || cluster.curl(alive, "GET", &format!("transit/keys/{name}"), &json!({})));
        assert_eq!(turned["data"]["latest_version"], latest, "no rotation of {name} is lost, and none is made twice");
    }
}

#[test]
fn a_certificate_logs_in_and_one_that_nobody_knows_is_told() {
    let Some(mut cluster) = Cluster::start("openbao_tls") else { return };
    let first = cluster.nodes[0].address.clone();
    cluster.patiently("auth", || cluster.curl(&first, "POST", "sys/auth/cert", &json!({ "type": "cert" })));
    let client = std::fs::read_to_string(cluster.path("client.pem")).unwrap();
    let role = json!({ "certificate": client, "token_policies": "default", "token_ttl": "1h" });
    cluster.patiently("role", || cluster.curl(&first, "POST", "auth/cert/certs/laptop", &role));
    let identity =
        Identity::new(client.as_bytes(), token(&std::fs::read_to_string(cluster.path("client.key")).unwrap())).unwrap();
    let server = Server::new(Connection { identity: Some(identity), ..cluster.connection(&cluster.addresses()) }).unwrap();
    let facts = server.log_in(Login::Certificate { mount: "cert".into(), role: None }).unwrap();
    assert!(facts.policies.iter().any(|policy| &**policy == "default") && facts.end.is_some() && facts.renewable, "{facts:?}");

    // Without the certificate nobody logs in.
    let server = Server::new(cluster.connection(&[&first])).unwrap();
    let error = server.log_in(Login::Certificate { mount: "cert".into(), role: None }).unwrap_err();
    assert!(matches!(error, BaoError::LoginRefused { method: "certificate", .. }), "{error}");
    let key = token(&std::fs::read_to_string(cluster.path("node.key")).unwrap());
    assert!(matches!(Identity::new(client.as_bytes(), key), Err(HttpError::Identity(_))), "a key of another certificate");

    certificate_not_trusted(&cluster, &first);
    certificate_for_another_name(&cluster, &first);
    // Two of three are gone: the third has no leader, and it is said so in time.
    for node in &mut cluster.nodes[1..] {
        node.child.kill().unwrap();
        node.child.wait().unwrap();
    }
    let mut connection = cluster.connection(&cluster.addresses());
    connection.bounds.patience = Duration::from_secs(5);
    connection.bounds.answer = Duration::from_secs(3);
    let server = Server::new(connection).unwrap();
    let began = Instant::now();
    // The leader steps down only when it has heard nothing for a while.
    let until = began + Duration::from_mins(1);
    let error = loop {
        match server.log_in(Login::Token(token(&cluster.root))).and_then(|_| {
            server.transit("transit").create(
                &format!("late-{:?}", began.elapsed().as_millis()),
                NewTransitKey { key_type: KeyType::Ed25519, exportable: false },
            )
        }) {
            Err(error) => break error,
            Ok(_) if Instant::now() < until => std::thread::sleep(Duration::from_millis(200)),
            Ok(_) => panic!("one of three leads"),
        }
    };
    assert!(
        matches!(error, BaoError::NoLeader { .. } | BaoError::Away(_) | BaoError::Fault { .. } | BaoError::Unsettled { .. }),
        "{error}"
    );
}

fn certificate_not_trusted(cluster: &Cluster, address: &str) {
    let server = Server::new(Connection { roots: Roots::System, ..cluster.connection(&[address]) }).unwrap();
    let error = server.log_in(Login::Token(token(&cluster.root))).unwrap_err();
    assert!(matches!(&error, BaoError::Barred { fault: HttpError::Distrusted(Distrust::Issuer), .. }), "{error}");
    assert!(error.to_string().contains("Give the CA file"), "{error}");
    let garbage = Connection { roots: Roots::Pem(b"no certificate".to_vec()), ..cluster.connection(&[address]) };
    assert!(matches!(Server::new(garbage), Err(BaoError::Barred { fault: HttpError::Roots, .. })));
}

fn certificate_for_another_name(cluster: &Cluster, address: &str) {
    // 127.0.0.2 is this machine too, and no name of the certificate.
    let other = address.replace("127.0.0.1", "127.0.0.2");
    let forward = Forward::to(address, &other);
    let server = Server::new(cluster.connection(&[&forward])).unwrap();
    let error = server.log_in(Login::Token(token(&cluster.root))).unwrap_err();
    assert!(matches!(&error, BaoError::Barred { fault: HttpError::Distrusted(Distrust::Name), .. }), "{error}");
}

/// Passes bytes on, so that a server is reached by another address.
struct Forward;

impl Forward {
    fn to(address: &str, other: &str) -> String {
        let target = address.trim_start_matches("https://").to_owned();
        let listener = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Ok(server) = std::net::TcpStream::connect(&target) else { continue };
                let pass = |mut from: std::net::TcpStream, mut to: std::net::TcpStream| {
                    std::thread::spawn(move || std::io::copy(&mut from, &mut to))
                };
                pass(stream.try_clone().unwrap(), server.try_clone().unwrap());
                pass(server, stream);
            }
        });
        let (host, _) = other.rsplit_once(':').unwrap();
        format!("{host}:{port}")
    }
}
