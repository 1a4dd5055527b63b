//! PKCS#11 modules of this machine: those that p11-kit has registered and those that lie where they usually do. Only
//! names and paths are read here; a module is loaded once a person chose it, into a process of its own.

use std::path::{Path, PathBuf};

/// A module that could be the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// What it is for, in a few words.
    pub name: Box<str>,
    /// The library.
    pub path: PathBuf,
}

/// Where p11-kit looks for the files that register modules, the person's own aside (pkcs11.conf(5)).
const REGISTERED: [&str; 4] = [
    "/etc/pkcs11/modules",
    "/usr/share/p11-kit/modules",
    "/usr/local/share/p11-kit/modules",
    "/opt/homebrew/share/p11-kit/modules",
];

/// Where libraries lie.
const LIBRARIES: [&str; 9] = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
    "/opt/homebrew/lib",
    "/Library/OpenSC/lib",
    r"C:\Windows\System32",
    r"C:\Program Files\OpenSC Project\OpenSC\pkcs11",
];

/// Libraries of the usual makers below those folders, with what each is for.
const KNOWN: [(&str, &str); 14] = [
    ("softhsm/libsofthsm2.so", "SoftHSM"),
    ("libsofthsm2.so", "SoftHSM"),
    ("pkcs11/opensc-pkcs11.so", "OpenSC: smart cards, Nitrokey"),
    ("opensc-pkcs11.so", "OpenSC: smart cards, Nitrokey"),
    ("opensc-pkcs11.dll", "OpenSC: smart cards, Nitrokey"),
    ("libykcs11.so.2", "YubiKey (PIV)"),
    ("libykcs11.so", "YubiKey (PIV)"),
    ("libykcs11.dylib", "YubiKey (PIV)"),
    ("pkcs11/yubihsm_pkcs11.so", "YubiHSM"),
    ("pkcs11/libtpm2_pkcs11.so", "TPM of this machine"),
    ("libtpm2_pkcs11.so.1", "TPM of this machine"),
    ("libtpm2_pkcs11.so", "TPM of this machine"),
    ("nethsm/libnethsm_pkcs11.so", "NetHSM"),
    ("libnethsm_pkcs11.so", "NetHSM"),
];

/// The modules of this machine, each library once.
pub fn modules() -> Vec<Module> {
    let own = directories::BaseDirs::new().map(|dirs| dirs.config_dir().join("pkcs11/modules"));
    let registered: Vec<PathBuf> = own.into_iter().chain(REGISTERED.map(PathBuf::from)).collect();
    found(&registered, &LIBRARIES.map(PathBuf::from))
}

fn found(registered: &[PathBuf], libraries: &[PathBuf]) -> Vec<Module> {
    let mut modules = Vec::new();
    let mut seen = Vec::new();
    let told = registered.iter().flat_map(|folder| files_of(folder)).filter_map(|file| registration(&file, libraries));
    let usual = libraries
        .iter()
        .flat_map(|folder| KNOWN.iter().map(move |(below, name)| Module { name: (*name).into(), path: folder.join(below) }));
    for module in told.chain(usual) {
        // A library that lies there under several names is one.
        let Some(whole) = module.path.canonicalize().ok().filter(|whole| whole.is_file()) else { continue };
        if !seen.contains(&whole) {
            seen.push(whole);
            modules.push(module);
        }
    }
    modules
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "module")).collect();
    files.sort();
    files
}

/// What a file of p11-kit registers; nothing for what only holds certificates to trust.
fn registration(file: &Path, libraries: &[PathBuf]) -> Option<Module> {
    let text = std::fs::read_to_string(file).ok()?;
    let value = |wanted: &str| {
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim()).find(|value| !value.is_empty())
    };
    if value("trust-policy") == Some("yes") {
        return None;
    }
    let named = Path::new(value("module")?);
    // A bare name lies in p11-kit's own folder of modules.
    let places = libraries.iter().flat_map(|folder| [folder.join("pkcs11").join(named), folder.join(named)]);
    let path = if named.is_absolute() { Some(named.to_owned()) } else { places.into_iter().find(|path| path.is_file()) }?;
    let last = path.file_name()?.to_str()?;
    let known = KNOWN.iter().find(|(below, _)| Path::new(below).file_name().is_some_and(|name| name == last));
    let stem = file.file_stem()?.to_str()?;
    Some(Module { name: known.map_or(stem, |(_, name)| name).into(), path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registered_modules_come_first_and_each_library_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        };
        let card = at("lib/pkcs11/opensc-pkcs11.so", "");
        let own = at("lib/acme.so", "");
        at("lib/libykcs11.so", "");
        at("lib/pkcs11/p11-kit-trust.so", "");
        at("modules/a-opensc.module", "# a comment: here\nmodule: opensc-pkcs11.so\n");
        at("modules/b-acme.module", &format!("module:{}\npriority: 3\n", own.display()));
        at("modules/c-trust.module", "module: p11-kit-trust.so\ntrust-policy: yes\n");
        at("modules/d-gone.module", "module: gone.so\n");
        at("modules/readme", "module: acme.so\n");
        let found = found(&[folder.path().join("modules")], &[folder.path().join("lib")]);
        let found: Vec<(&str, &Path)> = found.iter().map(|module| (&*module.name, &*module.path)).collect();
        let yubikey = folder.path().join("lib/libykcs11.so");
        assert_eq!(found, [("OpenSC: smart cards, Nitrokey", &*card), ("b-acme", &*own), ("YubiKey (PIV)", &*yubikey)]);
    }
}
