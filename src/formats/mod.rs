//! One file a format: bytes to keys, requests, certificates, and back.
