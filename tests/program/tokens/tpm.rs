//! The TPM of a machine as a token: a software one on loopback, reached through the module that real ones are reached
//! through, and through a resource manager, as in a machine the kernel is one. `openssl` judges.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::super::alone::on_a_bus;
use super::super::support::{Ended, Home, end_of, has, skip};
use super::PIN;
use super::anew::with_pins;

/// The module, where Debian puts it.
const MODULE: &str = "/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so";

/// A TPM that ends with the test, and its resource manager.
struct Tpm {
    processes: Vec<Child>,
    home: Home,
}

impl Drop for Tpm {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().rev() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Tpm {
    /// The port of its commands is free, and so is the next one, on which it is controlled.
    fn ports() -> u16 {
        (0..100)
            .find_map(|_| {
                let first = TcpListener::bind("127.0.0.1:0").ok()?;
                let port = first.local_addr().ok()?.port();
                TcpListener::bind(("127.0.0.1", port.checked_add(1)?)).ok().map(|_| port)
            })
            .unwrap()
    }

    fn start() -> Self {
        let home = Home::with_files();
        for folder in ["tpm", "tpm-keys"] {
            std::fs::create_dir(home.path(folder)).unwrap();
        }
        std::fs::write(home.path("pin"), PIN).unwrap();
        let port = Self::ports();
        let mut command = Command::new("swtpm");
        command.args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"]);
        command.arg("--tpmstate").arg(format!("dir={}", home.path("tpm").display()));
        for (what, port) in [("--server", port), ("--ctrl", port + 1)] {
            command.arg(what).arg(format!("type=tcp,port={port},bindaddr=127.0.0.1"));
        }
        let mut tpm = Self { processes: vec![quiet(command)], home };
        let until = Instant::now() + Duration::from_secs(20);
        // Only its control port may be tried: what connects to the other one has the TPM to itself.
        while std::net::TcpStream::connect(("127.0.0.1", port + 1)).is_err() {
            assert!(Instant::now() < until, "swtpm does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut manager = Command::new("tpm2-abrmd");
        manager.args(["--session", "--allow-root"]).arg(format!("--tcti=swtpm:host=127.0.0.1,port={port}"));
        tpm.processes.push(quiet(manager));
        tpm
    }

    /// Its commands find the resource manager on the bus of the test.
    fn reached(&self, mut command: Command) -> Command {
        command.env("DBUS_SESSION_BUS_ADDRESS", std::env::var_os("DBUS_SESSION_BUS_ADDRESS").unwrap());
        command.env("TPM2_PKCS11_TCTI", "tabrmd:bus_type=session");
        command.env("TPM2_PKCS11_STORE", self.home.path("tpm-keys"));
        command
    }

    fn open(&self, arguments: &[&str]) -> Ended {
        let mut command = self.reached(self.home.command(arguments));
        command.arg("--passphrase-file").arg(self.home.path("passphrase")).args(["--pin-fd", "0"]);
        command.stdin(std::fs::File::open(self.home.path("pin")).unwrap());
        end_of(command)
    }

    fn place(&self, name: &str) -> String {
        self.home.path(name).to_str().unwrap().to_owned()
    }

    fn openssl(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(self.home.path(""));
        let ended = end_of(command);
        ended.text() + &ended.stderr
    }
}

fn quiet(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_key_made_in_a_tpm_makes_a_request_and_signs() {
    let test = "a_key_made_in_a_tpm_makes_a_request_and_signs";
    if let Some(missing) = ["swtpm", "tpm2-abrmd"].into_iter().find(|tool| !has(tool)) {
        return skip(test, &format!("{missing} is not installed"));
    }
    if !Path::new(MODULE).exists() {
        return skip(test, "libtpm2-pkcs11-1 is not installed");
    }
    on_a_bus(|| lives(&Tpm::start()));
}

fn lives(tpm: &Tpm) {
    let blank = ["--module", MODULE, "--slot", "1", "--label", "machine"];
    let until = Instant::now() + Duration::from_secs(20);
    // The resource manager says nothing when it is ready.
    let mut made = end_of(tpm.reached(with_pins(&tpm.home, "12345678", PIN, &blank)));
    while made.code != Some(0) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(100));
        made = end_of(tpm.reached(with_pins(&tpm.home, "12345678", PIN, &blank)));
    }
    made.done();
    tpm.open(&["store", "add", "pkcs11", "tpm", "--module", MODULE, "--token", "machine"]).done();
    for (algorithm, hash) in [("p256", "-sha256"), ("rsa2048", "-sha256")] {
        tpm.open(&["generate", algorithm, "--algorithm", algorithm, "--store", "tpm"]).done();
        let csr = tpm.place(&format!("{algorithm}.csr"));
        tpm.open(&["request", algorithm, "--subject", "CN=a.example", "--out", &csr]).done();
        assert!(tpm.openssl(&["req", "-in", &csr, "-verify", "-noout"]).contains("verify OK"), "{algorithm}");
        std::fs::write(tpm.home.path("file"), "what is signed").unwrap();
        let (public, signature) = (tpm.place(&format!("{algorithm}.pub")), tpm.place(&format!("{algorithm}.sig")));
        tpm.open(&["export", algorithm, "--format", "spki-pem", "--out", &public]).done();
        tpm.open(&["sign", algorithm, &tpm.place("file"), "--format", "raw", "--out", &signature]).done();
        let said = tpm.openssl(&["dgst", hash, "-verify", &public, "-signature", &signature, "file"]);
        assert!(said.contains("Verified OK"), "{algorithm}: {said}");
    }
    let refused = tpm.open(&["generate", "edwards", "--algorithm", "ed25519", "--store", "tpm"]).with(4);
    assert!(refused.stderr.contains("tpm makes no Ed25519 keys. It makes: "), "{}", refused.stderr);
    // Private halves lie in the TPM alone: what is beside it is wrapped by it, and another TPM cannot use that.
    tpm.open(&["destroy", "p256", "--now", "--confirm", "p256"]).done();
    tpm.open(&["reconcile", "tpm"]).done();
    let wrong = end_of({
        std::fs::write(tpm.home.path("wrong"), "0000-0000").unwrap();
        let mut command = tpm.reached(tpm.home.command(["store", "login", "tpm"]));
        command.arg("--passphrase-file").arg(tpm.home.path("passphrase")).args(["--pin-fd", "0"]);
        command.stdin(std::fs::File::open(tpm.home.path("wrong")).unwrap());
        command
    });
    assert!(wrong.with(3).stderr.contains("That PIN is wrong. It was tried once"), "a TPM counts wrong ones");
}
