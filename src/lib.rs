//! # Keystead, the map of the house
//!
//! Keystead shows every cryptographic key a person or a small team answers for, and does the whole
//! life of a key by point and click. One room holds one thing:
//!
//! | room | what lives there |
//! |---|---|
//! | [`model`] | pure facts and rules: key, version, state, event, inventory, alert. No I/O, no clock, no randomness, no secrets |
//! | [`secret`] | the types that hold secrets; nothing else may |
//! | [`actions`] | the one table of what a person can do |
//! | [`crypto`] | algorithms: generate, sign. The one place that names a crypto crate for key work |
//! | [`formats`] | one file a format: bytes to keys, requests, certificates, and back |
//! | `network` | servers: looking at them (feature `network`), asking those that hold keys (feature `openbao`) |
//! | [`audit`] | the log on disk: append, verify, replay, checkpoint |
//! | [`stores`] | one file a store, behind one trait; modules of tokens run in processes of their own (feature `pkcs11`) |
//! | [`custodian`] | one file a use case |
//! | `desktop` | the egui front end: one file a screen, one theme (feature `window`) |
//! | [`cli`] | the same use cases for scripts |
//!
//! Dependencies point one way: desktop, cli → actions, custodian → stores → network → audit,
//! formats → crypto → model, secret; the network knows no store and no log. A store stands on the network because one kind of
//! store is a server, and what a server says is the network's business; stores read no format and know no log. `tests/rules`
//! fails with the arrow that points elsewhere.
//!
//! # How a request flows
//!
//! A screen or a command line makes a command. The custodian asks the state table,
//! works with the store and appends events to the log; only then it says that it is done. The
//! events come back and are folded into the inventory that screens read.
//!
//! # Foreign code
//!
//! A PKCS#11 module is a library of whoever made the token. It is never loaded here: the program starts itself again
//! with a hidden command, one worker a module, and speaks to it in frames over two pipes
//! (`stores::pkcs11`). What a module does to its memory, its output or its time it does to its worker alone.

pub mod actions;
pub mod audit;
pub mod cli;
pub mod crypto;
pub mod custodian;
#[cfg(feature = "window")]
pub mod desktop;
pub mod formats;
pub mod model;
#[cfg(feature = "network")]
pub mod network;
pub mod secret;
pub mod stores;
