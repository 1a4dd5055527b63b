//! Folders in which keys usually lie, those of them that exist.

use std::path::{Path, PathBuf};

/// Of the system.
const SYSTEM: [&str; 10] = [
    "/etc/ssl",
    "/etc/pki",
    "/etc/letsencrypt",
    "/etc/ssh",
    "/etc/nginx",
    "/etc/apache2",
    "/etc/httpd",
    "/etc/haproxy",
    "/etc/openvpn",
    "/etc/wireguard",
];

/// Of the person, below the home folder.
const OWN: [&str; 10] = [".ssh", ".config/age", ".config/sops", ".aws", ".kube", "src", "Projects", "projects", "code", "work"];

/// The folders that exist on this machine.
pub fn suggestions() -> Vec<PathBuf> {
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    existing(home.as_deref())
}

fn existing(home: Option<&Path>) -> Vec<PathBuf> {
    let own = home.into_iter().flat_map(|home| OWN.iter().map(move |name| home.join(name)));
    own.chain(SYSTEM.iter().map(PathBuf::from)).filter(|path| path.is_dir()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_what_exists_is_suggested() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".ssh")).unwrap();
        let found = super::existing(Some(home.path()));
        assert_eq!(found[0], home.path().join(".ssh"));
        assert!(!found.contains(&home.path().join("src")) && found.iter().all(|path| path.is_dir()));
    }
}
