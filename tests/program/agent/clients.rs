//! OpenSSH's own programs, and a login into its server.

use std::fmt::Write as _;
use std::process::Command;

use super::{Served, with_keys};
use crate::probe::servers::{Server, free_port};
use crate::support::{Ended, Home, end_of};

/// Every algorithm that is offered, as OpenSSH calls it.
const KINDS: [(&str, &str); 5] = [
    ("ed25519", "ssh-ed25519"),
    ("p256", "ecdsa-sha2-nistp256"),
    ("p384", "ecdsa-sha2-nistp384"),
    ("p521", "ecdsa-sha2-nistp521"),
    ("rsa2048", "ssh-rsa"),
];

/// A server that lets the person of this test in with the keys in `authorized`.
pub fn sshd(home: &Home, authorized: &str) -> Server {
    let key = home.path("host");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    std::fs::write(home.path("authorized"), authorized).unwrap();
    let mut config = String::from("ListenAddress 127.0.0.1\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n");
    writeln!(config, "HostKey {}\nAuthorizedKeysFile {}", key.display(), home.path("authorized").display()).unwrap();
    config.push_str("PasswordAuthentication no\nKbdInteractiveAuthentication no\n");
    std::fs::write(home.path("sshd_config"), config).unwrap();
    // Only root's server asks for the folder to which it confines itself.
    let _ = std::fs::create_dir_all("/run/sshd");
    let port = free_port();
    let program = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| std::path::Path::new(path).exists()).unwrap();
    let mut command = Command::new(program);
    command.args(["-D", "-e", "-p", &port.to_string(), "-f"]).arg(home.path("sshd_config"));
    Server::start(command, port)
}

/// Logs in as oneself through the agent, with no key in any file, and runs a command there.
pub fn login(home: &Home, agent: &Served, port: u16) -> Ended {
    let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    let mut command = agent.client("ssh");
    command.args(["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]);
    command.arg("-o").arg(format!("UserKnownHostsFile={}", home.path("known_hosts").display()));
    command.args(["-o", "IdentityFile=none", "-p", &port.to_string()]);
    command.arg(format!("{}@127.0.0.1", user.trim())).arg("echo logged in");
    end_of(command)
}

#[test]
fn ssh_add_lists_every_kind_of_key_with_its_name() {
    let home = with_keys(&KINDS.map(|(own, _)| own));
    let agent = Served::start(&home, &[]);
    let listed = agent.ssh_add("-l").done().text();
    let whole = agent.ssh_add("-L").done().text();
    assert_eq!(listed.lines().count(), KINDS.len(), "{listed}");
    for (own, theirs) in KINDS {
        let public = std::fs::read_to_string(home.path(&format!("{own}.pub"))).unwrap();
        assert!(whole.contains(public.trim()), "{own}: {whole}");
        assert!(public.starts_with(theirs), "{public}");
        assert!(listed.contains(&format!(" {own} (")), "{own}: {listed}");
    }
}

#[test]
fn ssh_keygen_signs_with_every_kind_of_key_and_accepts_the_signature() {
    let home = with_keys(&KINDS.map(|(own, _)| own));
    let agent = Served::start(&home, &[]);
    for (own, _) in KINDS {
        agent.signs(&home, own).done();
        let public = std::fs::read_to_string(home.path(&format!("{own}.pub"))).unwrap();
        std::fs::write(home.path("allowed"), format!("mira {public}")).unwrap();
        let mut verify = Command::new("ssh-keygen");
        verify.args(["-Y", "verify", "-n", "file", "-I", "mira", "-f"]).arg(home.path("allowed"));
        verify.arg("-s").arg(home.path("message.sig")).stdin(std::fs::File::open(home.path("message")).unwrap());
        assert!(end_of(verify).done().text().starts_with("Good \"file\" signature"), "{own}");
    }
}

#[test]
fn ssh_logs_in_with_each_kind_of_key_and_the_log_says_where() {
    for own in ["ed25519", "p256", "rsa2048"] {
        let home = with_keys(&[own]);
        let agent = Served::start(&home, &[]);
        let server = sshd(&home, &std::fs::read_to_string(home.path(&format!("{own}.pub"))).unwrap());
        let said = login(&home, &agent, server.port);
        assert_eq!(said.text().trim(), "logged in", "{own}: {}", said.stderr);
        let history = home.run(["show", own, "--json"]).done().json();
        let told = history["history"][0]["sentence"].as_str().unwrap();
        assert!(told.contains("The SSH agent signed a login as ") && told.contains("asked by ssh (process "), "{told}");
        // The client told its host, and proved it.
        assert!(told.contains(" at SHA256:"), "{told}");
        assert!(!history["versions"][0]["last_used"].is_null());
    }
}

#[test]
fn a_server_that_does_not_know_the_key_lets_nobody_in() {
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    let server = sshd(&home, "");
    assert_ne!(login(&home, &agent, server.port).code, Some(0));
}

#[test]
fn after_a_rotation_both_versions_are_offered_while_the_overlap_lasts() {
    let home = with_keys(&["ed25519"]);
    home.open(["rotate", "ed25519", "--overlap", "30d"]).done();
    let agent = Served::start(&home, &[]);
    assert_eq!(agent.ssh_add("-l").done().text().lines().count(), 2);
    let old = std::fs::read_to_string(home.path("ed25519.pub")).unwrap();
    super::public(&home, "ed25519");
    let new = std::fs::read_to_string(home.path("ed25519.pub")).unwrap();
    let listed = agent.ssh_add("-L").done().text();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines, [new.trim(), old.trim()], "the current one comes first");
}

#[test]
fn extensions_are_told_and_what_the_agent_does_not_do_is_refused() {
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    let query = [&[0, 0, 0, 10, 27, 0, 0, 0, 5][..], b"query"].concat();
    let told = super::exchange(&mut super::connect(&agent.socket), &query).unwrap();
    assert!(told[0] == 29 && told.ends_with(b"session-bind@openssh.com"), "{told:?}");
    Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(home.path("other")).status().unwrap();
    let mut add = agent.client("ssh-add");
    add.arg(home.path("other"));
    assert_ne!(end_of(add).code, Some(0));
    agent.says("wanted to add a key to the agent");
    assert_ne!(agent.ssh_add("-D").code, Some(0));
    agent.says("wanted to remove a key");
    assert_eq!(agent.ssh_add("-l").done().text().lines().count(), 1, "all is as it was");
}

#[test]
fn rsa_with_sha_1_is_refused() {
    let home = with_keys(&["rsa2048"]);
    let agent = Served::start(&home, &[]);
    let mut stream = super::connect(&agent.socket);
    let list = super::exchange(&mut stream, super::LIST).unwrap();
    let blob = &list[5..][..4 + u32::from_be_bytes(list[5..9].try_into().unwrap()) as usize];
    let asked = |flags: u32| {
        let body = [&[13][..], blob, &[0, 0, 0, 4], b"data", &flags.to_be_bytes()].concat();
        [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &body].concat()
    };
    assert_eq!(super::exchange(&mut stream, &asked(0)).unwrap(), [5]);
    agent.says("with SHA-1");
    for (flags, name) in [(2, &b"rsa-sha2-256"[..]), (4, b"rsa-sha2-512")] {
        let signed = super::exchange(&mut stream, &asked(flags)).unwrap();
        assert!(signed[0] == 14 && signed[9..].starts_with(name), "{flags}");
    }
}
