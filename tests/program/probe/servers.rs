//! Servers that a test starts and that end with it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Home;

/// A process that ends with its test.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub fn start(mut command: Command, port: u16) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, port };
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "the server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    pub fn address(&self) -> String {
        format!("localhost:{}", self.port)
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn openssl<'a>(home: &Home, arguments: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).current_dir(home.path("")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// `root.pem`, and `NAME.key` and `NAME.pem` with a certificate of that root for localhost.
pub fn certificate(home: &Home, name: &str, kind: &[&str]) {
    let (key, request, pem) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
    if !home.path("root.pem").exists() {
        let root = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "900"];
        openssl(home, root.into_iter().chain(["-subj", "/CN=Test root", "-keyout", "root.key", "-out", "root.pem"]));
    }
    openssl(home, ["genpkey"].into_iter().chain(kind.iter().copied()).chain(["-out", &key]));
    openssl(home, ["req", "-new", "-key", &key, "-subj", "/CN=localhost", "-out", &request]);
    std::fs::write(home.path("ext"), "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n").unwrap();
    let sign = ["x509", "-req", "-in", &request, "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"];
    openssl(home, sign.into_iter().chain(["-days", "400", "-extfile", "ext", "-out", &pem]));
}

pub const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/// `openssl s_server` with that certificate.
pub fn tls_server(home: &Home, name: &str, options: &[&str]) -> Server {
    let port = free_port();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-accept", &port.to_string()]);
    command.args(["-key", &format!("{name}.key"), "-cert", &format!("{name}.pem"), "-CAfile", "root.pem"]);
    command.args(options).current_dir(home.path(""));
    Server::start(command, port)
}

/// A listener of the test's own; each connection is handed to `talk` until the test ends.
pub fn talker(talk: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let talk = std::sync::Arc::new(talk);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            std::thread::spawn(move || talk(stream));
        }
    });
    address
}

/// Passes bytes on both ways until one side ends; what the server says goes through `change`.
pub fn pass_on(client: TcpStream, port: u16, change: impl Fn(&mut [u8])) {
    let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    let (mut client, mut buffer) = (client, vec![0; 65_536]);
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        change(&mut buffer[..count]);
        if client.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(std::net::Shutdown::Both);
}
