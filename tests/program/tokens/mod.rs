//! Tokens of `SoftHSM` with a configuration of their own, and modules around it in which one function is another.
//! `pkcs11-tool` and `openssl` judge.

mod anew;
mod at_the_window;
mod bad;
mod custodian;
mod each_time;
mod elsewhere;
mod kryoptic;
mod moving;
mod shell;
mod tpm;
mod wrapping;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use keystead::model::Token;
use keystead::stores::pkcs11::{TokenStore, Workers};

use super::support::{end_of, program};

/// Opens every token of these tests.
pub const PIN: &str = "4711-0815";

/// The module of `SoftHSM`, where Debian puts it.
pub const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// A token, with the folder it lies in.
pub struct Hsm {
    folder: PathBuf,
    label: String,
}

/// How the workers of a test are started.
pub fn workers(program: &Path, wait: Duration) -> Workers {
    let calls = std::env::temp_dir().join(format!("keystead-calls-{}", std::process::id()));
    Workers { program: program.to_owned(), wait, calls }
}

impl Hsm {
    /// A new token whose configuration is where `with_token` says, in the current folder.
    pub fn here(label: &str) -> Self {
        Self::at(&std::env::current_dir().unwrap(), label)
    }

    /// A new token in a folder; `configured` points programs to it.
    pub fn at(folder: &Path, label: &str) -> Self {
        let hsm = Self { folder: folder.to_owned(), label: label.to_owned() };
        std::fs::create_dir_all(hsm.tokens()).unwrap();
        hsm.configure("");
        hsm.add(label);
        hsm
    }

    /// Writes the configuration, with more in it.
    pub fn configure(&self, more: &str) {
        let tokens = self.tokens();
        let text =
            format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n{more}\n", tokens.display());
        std::fs::write(self.folder.join("softhsm2.conf"), text).unwrap();
    }

    /// One more token beside it.
    pub fn add(&self, label: &str) {
        let mut command = Command::new("softhsm2-util");
        command.args(["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "12345678"]);
        let ended = end_of(self.configured(command));
        assert_eq!(ended.code, Some(0), "{}{}", ended.text(), ended.stderr);
    }

    /// Where the tokens lie.
    pub fn tokens(&self) -> PathBuf {
        self.folder.join("tokens")
    }

    /// A command that finds the token.
    pub fn configured(&self, mut command: Command) -> Command {
        command.env("SOFTHSM2_CONF", self.folder.join("softhsm2.conf"));
        command
    }

    /// What `pkcs11-tool` says, logged in.
    #[track_caller]
    pub fn tool(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("pkcs11-tool");
        command.args(["--module", MODULE, "--token-label", &self.label, "--login", "--pin", PIN]).args(arguments);
        let ended = end_of(self.configured(command));
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}{}", ended.text(), ended.stderr);
        ended.text()
    }

    /// Removes a private half behind the store's back; the public one stays.
    pub fn remove_private(&self, object: &str) {
        self.tool(&["--delete-object", "--type", "privkey", "--id", object]);
    }

    /// The serial number of the token.
    pub fn serial(&self) -> String {
        let mut command = Command::new("pkcs11-tool");
        command.args(["--module", MODULE, "--list-token-slots"]);
        let text = end_of(self.configured(command)).text();
        let block = text.split("Slot ").find(|block| block.contains(&format!("token label        : {}", self.label))).unwrap();
        let line = block.lines().find(|line| line.contains("serial num")).unwrap();
        line.split(':').nth(1).unwrap().trim().to_owned()
    }

    /// The token as a store of a module.
    pub fn store_of(&self, name: &str, module: &str, wait: Duration) -> TokenStore {
        let token = Token { module: module.into(), label: self.label.as_str().into(), serial: self.serial().into() };
        TokenStore::new(name, workers(program(), wait), token)
    }

    /// The token as a store.
    pub fn store(&self, name: &str) -> TokenStore {
        self.store_of(name, MODULE, Duration::from_secs(20))
    }

    /// A module like `SoftHSM`'s but for one function of its list, with this body in C. There `real` is `SoftHSM`'s own.
    pub fn module_with(&self, name: &str, function: usize, body: &str) -> String {
        self.module_of(name, &[(function, body)])
    }

    /// As [`Hsm::module_with`], for several functions.
    pub fn module_of(&self, name: &str, functions: &[(usize, &str)]) -> String {
        let (mut bodies, mut places) = (String::new(), String::new());
        for (function, body) in functions {
            let body = format!(
                r"
                #define real real{function}
                static unsigned long (*real)();
                static unsigned long replaced{function}(unsigned long a, unsigned char *b, unsigned char *c, unsigned long d,
                                                        void *e, void *g, void *h, void *i) {{ {body} }}
                #undef real
                "
            );
            bodies.push_str(&body);
            let place =
                format!("real{function} = ours.f[{function}]; ours.f[{function}] = (unsigned long (*)())replaced{function};");
            places.push_str(&place);
        }
        let source = format!(
            r#"
            #include <dlfcn.h>
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            struct list {{ unsigned char version[2]; unsigned long (*f[68])(); }};
            static struct list ours;
            {bodies}
            unsigned long C_GetFunctionList(struct list **out) {{
                void *library = dlopen("{MODULE}", RTLD_NOW | RTLD_LOCAL);
                if (!library) return 5;
                unsigned long (*get)(struct list **) = dlsym(library, "C_GetFunctionList");
                struct list *theirs;
                unsigned long answer = get(&theirs);
                if (answer) return answer;
                ours = *theirs;
                {places}
                *out = &ours;
                return 0;
            }}
            "#
        );
        let (from, to) = (self.folder.join(format!("{name}.c")), self.folder.join(format!("{name}.so")));
        std::fs::write(&from, source).unwrap();
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-w", "-o"]).arg(&to).arg(&from).arg("-ldl");
        let ended = end_of(cc);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        to.to_str().unwrap().to_owned()
    }
}

/// Where functions stand in `CK_FUNCTION_LIST` (PKCS#11 2.40, `pkcs11f.h`).
pub mod function {
    pub const GET_SLOT_LIST: usize = 4;
    pub const GET_TOKEN_INFO: usize = 6;
    pub const INIT_PIN: usize = 10;
    pub const LOGIN: usize = 18;
    pub const CREATE_OBJECT: usize = 20;
    pub const SIGN: usize = 43;
    pub const GENERATE_KEY_PAIR: usize = 59;
}
