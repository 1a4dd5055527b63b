//! The OS keychain, with a real gnome-keyring.
