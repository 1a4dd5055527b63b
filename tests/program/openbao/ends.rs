//! Servers that hold keys and give none: never set up, sealed. A real server each time.

use std::process::Child;
use std::time::{Duration, Instant};

use keystead::network::bao::{BaoError, Server};

use super::server::{clean_command, connection, free_port, program, token};

struct Node {
    child: Child,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_that_was_never_set_up_and_a_sealed_one_are_told_apart() {
    let Some(program) = program("openbao_sealed") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (port, data) = (free_port(), folder.path().join("data"));
    std::fs::create_dir(&data).unwrap();
    let text = format!(
        "storage \"raft\" {{\n path = \"{}\"\n node_id = \"one\"\n}}\nlistener \"tcp\" {{\n address = \"127.0.0.1:{port}\"\n tls_disable = true\n}}\n\
         api_addr = \"http://127.0.0.1:{port}\"\ncluster_addr = \"http://127.0.0.1:{}\"\n",
        data.display(),
        port + 1
    );
    let config = folder.path().join("node.hcl");
    std::fs::write(&config, text).unwrap();
    let mut command = clean_command(&program, folder.path());
    let _node = Node { child: command.args(["server", "-config"]).arg(&config).spawn().unwrap() };
    let address = format!("http://127.0.0.1:{port}");
    let bao = |arguments: &[&str]| {
        let mut command = clean_command(&program, folder.path());
        command.env("BAO_ADDR", &address).args(arguments).stdout(std::process::Stdio::piped());
        let ended = command.output().unwrap();
        (ended.status.success(), String::from_utf8_lossy(&ended.stdout).into_owned())
    };
    let server = Server::new(connection(&[&address])).unwrap();
    let until = Instant::now() + Duration::from_mins(1);
    while server.health().is_err() {
        assert!(Instant::now() < until, "the server does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    let error = server.log_in_with_token(token("any")).unwrap_err();
    assert_eq!(error, BaoError::NotInitialised { address: address.clone() });

    let (done, text) = bao(&["operator", "init", "-key-shares=1", "-key-threshold=1", "-format=json"]);
    assert!(done, "{text}");
    let made: serde_json::Value = serde_json::from_str(&text).unwrap();
    let root = made["root_token"].as_str().unwrap();
    let error = server.log_in_with_token(token(root)).unwrap_err();
    assert_eq!(error, BaoError::Sealed { address: address.clone() });
    assert!(error.to_string().contains("Its administrator unseals it"), "{error}");

    assert!(bao(&["operator", "unseal", made["unseal_keys_b64"][0].as_str().unwrap()]).0);
    let until = Instant::now() + Duration::from_secs(30);
    while let Err(error) = server.log_in_with_token(token(root)) {
        assert!(Instant::now() < until, "{error}");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(server.transit("transit").read("a"), Err(BaoError::NoMount { mount: "transit".into() }));
}
