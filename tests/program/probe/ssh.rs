//! Host keys of a real OpenSSH server, with a configuration of the test's own.

use std::fmt::Write as _;
use std::process::Command;

use super::servers::{Server, free_port, pass_on, talker};
use super::{finding, probe};
use crate::support::Home;

const KINDS: [&str; 3] = ["ed25519", "ecdsa", "rsa"];

pub fn sshd(home: &Home) -> Server {
    let mut config = String::from("ListenAddress 127.0.0.1\nPidFile none\nStrictModes no\nUsePAM no\nMaxStartups 100\n");
    for kind in KINDS {
        let path = home.path(kind);
        let made = Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", "", "-f"]).arg(&path).status().unwrap();
        assert!(made.success());
        writeln!(config, "HostKey {}", path.display()).unwrap();
    }
    std::fs::write(home.path("sshd_config"), config).unwrap();
    // Only root's server asks for the folder to which it confines itself.
    let _ = std::fs::create_dir_all("/run/sshd");
    let port = free_port();
    let program = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| std::path::Path::new(path).exists()).unwrap();
    let mut command = Command::new(program);
    command.args(["-D", "-e", "-p", &port.to_string(), "-f"]).arg(home.path("sshd_config"));
    Server::start(command, port)
}

#[test]
fn each_host_key_is_shown_and_proved() {
    let home = Home::new();
    let server = sshd(&home);
    // Its greeting tells what it speaks, where nobody said so.
    for address in [format!("ssh://127.0.0.1:{}", server.port), format!("127.0.0.1:{}", server.port)] {
        let found = probe(&home, 0, [address.as_str()]);
        assert_eq!(found[0]["protocol"], "ssh");
        let shown: Vec<_> =
            found[0]["keys"].as_array().unwrap().iter().map(|key| key["ssh_fingerprint"].as_str().unwrap()).collect();
        for (kind, shown) in KINDS.into_iter().zip(&shown) {
            let output = Command::new("ssh-keygen").arg("-lf").arg(home.path(&format!("{kind}.pub"))).output().unwrap();
            assert!(String::from_utf8_lossy(&output.stdout).contains(shown), "{kind}");
        }
        assert_eq!(shown.len(), 3);
    }
}

#[test]
fn a_host_key_that_is_not_proved_is_not_shown() {
    let home = Home::new();
    let server = sshd(&home);
    let port = server.port;
    let mark = b"\0\0\0\x0bssh-ed25519\0\0\0\x40";
    let address = talker(move |stream| {
        pass_on(stream, port, |bytes| {
            if let Some(at) = bytes.windows(mark.len()).position(|window| window == mark) {
                bytes[at + mark.len() + 5] ^= 1;
            }
        });
    });
    let found = probe(&home, 3, [format!("ssh://{address}").as_str()]);
    assert!(finding(&found).1.contains("did not prove that it holds the key"), "{found:#}");
}
