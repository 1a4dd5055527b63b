//! Those whom the agent does not answer, and those who would keep it from answering others.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::Duration;

use super::{LIST, Served, answer, connect, exchange, with_keys};
use crate::support::{end_of, has, skip};

fn is_root() -> bool {
    String::from_utf8_lossy(&Command::new("id").arg("-u").output().unwrap().stdout).trim() == "0"
}

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// `ssh-add -l` as a user who is nobody here.
fn as_another(socket: &std::path::Path) -> (Option<i32>, String) {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "ssh-add", "-l"]).env("SSH_AUTH_SOCK", socket);
    let ended = end_of(command);
    (ended.code, format!("{}{}", ended.text(), ended.stderr))
}

#[test]
fn the_socket_and_its_folder_are_the_owners_alone() {
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    assert_eq!((mode(&agent.socket), mode(agent.socket.parent().unwrap())), (0o600, 0o700));
}

#[test]
fn another_user_is_refused_by_permissions_and_by_credentials() {
    const NAME: &str = "another_user_is_refused_by_permissions_and_by_credentials";
    if !is_root() || !has("setpriv") {
        return skip(NAME, "only root can be another user");
    }
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    assert_eq!(as_another(&agent.socket).0, Some(2), "no connection at all");
    drop(agent);
    // A folder and a socket that let everybody in: what is left are the credentials of the other end.
    let open = std::env::temp_dir().join(format!("keystead-agent-{}", std::process::id()));
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    let socket = open.join("s");
    let agent = Served::start(&home, &["--socket", socket.to_str().unwrap()]);
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o666)).unwrap();
    let (code, said) = as_another(&socket);
    assert!(code != Some(0) && !said.contains("ed25519"), "{said}");
    agent.says("A process of another user asked the agent");
    agent.ssh_add("-l").done();
    drop(agent);
    std::fs::remove_dir_all(&open).unwrap();
}

#[test]
fn a_message_that_is_too_long_empty_or_cannot_be_read_ends_its_connection_and_no_other() {
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    let mut other = connect(&agent.socket);
    assert!(exchange(&mut other, LIST).is_some());
    let bad: [&[u8]; 6] = [
        &[0xff, 0xff, 0xff, 0xff, 11],
        &[0, 4, 0, 1, 11],
        &[0, 0, 0, 0],
        &[0, 0, 0, 2, 11, 0],
        &[0, 0, 0, 5, 13, 0xff, 0xff, 0xff, 0xff],
        &[0, 0, 0, 9, 13, 0, 0, 0, 4, 1, 2, 3, 4],
    ];
    for bytes in bad {
        assert_eq!(exchange(&mut connect(&agent.socket), bytes), None, "{bytes:?}");
    }
    assert_eq!(exchange(&mut connect(&agent.socket), &[0, 0, 0, 1, 200]).unwrap(), [5], "an unknown one is refused");
    let mut largest = vec![0; 4 + 256 * 1024];
    largest[..5].copy_from_slice(&[0, 4, 0, 0, 200]);
    assert_eq!(exchange(&mut connect(&agent.socket), &largest).unwrap(), [5], "one of the largest is read");
    assert!(exchange(&mut other, LIST).is_some());
    agent.signs(&home, "ed25519").done();
}

#[test]
fn slow_and_idle_clients_keep_nobody_waiting() {
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    let idle: Vec<_> = (0..100).map(|_| connect(&agent.socket)).collect();
    let mut slow: Vec<_> = (0..100).map(|_| connect(&agent.socket)).collect();
    slow.iter_mut().for_each(|stream| stream.write_all(&LIST[..3]).unwrap());
    // One that asks and never reads.
    let mut deaf = connect(&agent.socket);
    deaf.set_nonblocking(true).unwrap();
    while deaf.write(LIST).is_ok() {}
    let began = std::time::Instant::now();
    agent.signs(&home, "ed25519").done();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    for stream in &mut slow {
        assert!(exchange(stream, &LIST[3..]).is_some(), "what was begun is ended");
    }
    drop(idle);
}

#[test]
fn a_thousand_connections_are_answered_with_few_threads() {
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    let mut all: Vec<_> = (0..1_000).map(|_| connect(&agent.socket)).collect();
    for stream in &mut all {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(LIST).unwrap();
    }
    for stream in &mut all {
        assert_eq!(answer(stream).unwrap()[0], 12);
    }
    agent.signs(&home, "ed25519").done();
    let threads = std::fs::read_dir(format!("/proc/{}/task", agent.pid())).unwrap().count();
    let files = std::fs::read_dir(format!("/proc/{}/fd", agent.pid())).unwrap().count();
    assert!(threads < 12 && (1_000..1_100).contains(&files), "{threads} threads, {files} files");
    drop(all);
    super::until("its descriptors", || std::fs::read_dir(format!("/proc/{}/fd", agent.pid())).unwrap().count() < 50);
}

#[test]
fn with_few_descriptors_idle_clients_make_room() {
    let home = with_keys(&["ed25519"]);
    let agent = Served::start_with(&home, &[], |command| {
        let program = command.get_program().to_owned();
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let kept: Vec<_> = command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
        let said = home.path("agent-said");
        *command = Command::new("sh");
        command.args(["-c", "ulimit -n 256; exec \"$0\" \"$@\""]).arg(program).args(arguments);
        for (name, value) in kept {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
        command.stderr(std::fs::File::create(said).unwrap());
    });
    let idle: Vec<_> = (0..400).map(|_| connect(&agent.socket)).collect();
    agent.signs(&home, "ed25519").done();
    drop(idle);
}

#[test]
fn a_socket_in_use_another_file_and_a_long_path_are_refused_and_a_stale_socket_is_replaced() {
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    let refused = home.open(["agent"]).with(4);
    assert!(refused.stderr.contains("an agent answers there"), "{}", refused.stderr);
    assert_eq!(agent.ssh_add("-l").code, Some(0), "the first one is as it was");
    agent.signal("-KILL");
    drop(agent);
    // Killed, it left its socket behind.
    let agent = Served::start(&home, &[]);
    agent.signs(&home, "ed25519").done();
    let file = home.path("file");
    std::fs::write(&file, "mine").unwrap();
    let refused = home.open(["agent", "--socket", file.to_str().unwrap()]).with(4);
    assert!(refused.stderr.contains("is no socket"), "{}", refused.stderr);
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    let long = home.path(&"x".repeat(120));
    home.open(["agent", "--socket", long.to_str().unwrap()]).with(2);
    home.open(["agent", "--socket", "/proc/agent"]).with(3);
}

#[test]
fn a_folder_that_others_may_enter_is_not_taken_by_itself() {
    let home = with_keys(&["ed25519"]);
    let folder = home.path("keystead");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let refused = home.open(["agent"]).with(4);
    assert!(refused.stderr.contains("may be entered by others"), "{}", refused.stderr);
}

#[test]
fn a_socket_at_which_somebody_else_answers_is_left_alone() {
    let home = with_keys(&["ed25519"]);
    let socket = home.path("theirs");
    let listener = UnixListener::bind(&socket).unwrap();
    home.open(["agent", "--socket", socket.to_str().unwrap()]).with(4);
    let mut theirs = connect(&socket);
    listener.accept().unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(b"here").unwrap();
    let mut said = [0; 4];
    theirs.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"here");
}
