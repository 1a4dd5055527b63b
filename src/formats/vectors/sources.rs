//! What the sources of the shared vectors say of them: the passphrases, and which files have to be refused.

use crate::secret::Passphrase;

/// A folder or file, the passphrases of it, and where its source says so.
type Stated = (&'static str, &'static [&'static str], &'static str);

const STATED: [Stated; 25] = [
    ("RustCrypto+formats/pkcs8/", &["hunter42"], "pkcs8/tests/encrypted_private_key.rs"),
    ("RustCrypto+formats/pem-rfc7468/tests/examples/pkcs8-enc", &["hunter42"], "the key of pkcs8/tests/encrypted_private_key.rs"),
    ("RustCrypto+formats/pem-rfc7468/tests/examples/ssh_rsa_pem_password.pem", &["password"], "the name of the file"),
    ("RustCrypto+formats/pkcs5/", &["hunter2"], "pkcs5/tests/examples/re-gen.sh"),
    ("RustCrypto+SSH/", &["hunter42", "123"], "ssh-key/tests/encrypted_private_key.rs and private_key.rs"),
    (
        "TritonDataCenter+node-sshpk/",
        &["foobar", "pass", "asdfasdf", "testing123", "foobar123"],
        "test/pem.js, test/private-key.js, test/putty.js",
    ),
    ("pavlo-v-chernykh+keystore-go/", &["password", "keypassword"], "keystore_test.go"),
    ("pyca+cryptography/pkcs12/", &["cryptography", "password"], "tests/hazmat/primitives/test_pkcs12.py"),
    ("pyca+cryptography/asymmetric/DER_Serialization/enc-rsa-pkcs8.der", &["foobar"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/DER_Serialization/enc2-rsa-pkcs8.der", &["baz"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/DER_Serialization/ec_private_key_encrypted.der", &["123456"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/PEM_Serialization/", &["123456"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/Traditional_OpenSSL_Serialization/", &["123456", "a123456", "password"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/PKCS8/", &["password", "123456", "PolarSSLTest"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/PKCS8/enc-rsa-pkcs8.pem", &["foobar"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/PKCS8/enc2-rsa-pkcs8.pem", &["baz"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/PKCS8/rsa-40bitrc2.pem", &["baz"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/PKCS8/rsa-rc2-cbc.pem", &["Red Hat Enterprise Linux 7.4"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/PKCS8/ed25519-scrypt.pem", &["hunter42"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/PKCS8/rsa-pbewithmd5anddescbc.pem", &["hunter2"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/Ed25519/", &["password"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/Ed448/", &["password"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/X25519/", &["password"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/X448/", &["password"], TEST_SERIALIZATION),
    ("pyca+cryptography/asymmetric/OpenSSH/", &["password"], "tests/hazmat/primitives/test_ssh.py"),
];

const TEST_SERIALIZATION: &str = "tests/hazmat/primitives/test_serialization.py";

/// What the description of the vectors says of passphrases that no test states: “often” one of these.
const OFTEN: [&str; 5] = ["password", "test", "1234", "asecretpassword", "cryptography"];

/// Whether a source states the passphrase of a file.
pub(super) fn states(file: &str) -> bool {
    STATED.iter().any(|(path, words, _)| !words.is_empty() && file.starts_with(path))
}

/// What is tried on a file: what its source states, or else what the description calls often used.
pub(super) fn passphrases(file: &str) -> Vec<Passphrase> {
    let stated: Vec<&str> =
        STATED.iter().filter(|(path, ..)| file.starts_with(path)).flat_map(|(_, words, _)| *words).copied().collect();
    let words = if stated.is_empty() { OFTEN.to_vec() } else { stated };
    words.into_iter().map(|word| Passphrase::new(word.to_owned())).collect()
}

/// A part of a file's path, the end of its place there, a part of what is said, and what its source says.
type Refusal = (&'static str, &'static str, &'static str, &'static str);

/// What must not be read, by what its source says; behind it what is no key, certificate, request or revocation list.
pub(super) const REFUSED: &[Refusal] = &[
    // Damaged on purpose.
    (
        "pyca+cryptography/asymmetric/EC/ec-missing-curve.pem",
        "",
        "names no curve",
        "test_ec.py expects ValueError; RFC 5915 section 3 asks for the curve",
    ),
    (
        "pyca+cryptography/asymmetric/EC/ec_private_key_non_zero_unused_bits.der",
        "",
        "public half inside",
        "its name: the bits of the point are no whole bytes, which SEC 1 section 2.3.3 excludes",
    ),
    (
        "pyca+cryptography/asymmetric/PKCS8/ec-inconsistent-curve",
        "",
        "the curve inside is not the curve outside",
        "test_ec.py expects ValueError",
    ),
    (
        "pyca+cryptography/asymmetric/PKCS8/ec-invalid-private-scalar.pem",
        "",
        "longer than its curve",
        "test_ec.py expects ValueError",
    ),
    ("pyca+cryptography/asymmetric/PKCS8/ec-invalid-version.pem", "", "no elliptic curve key", "test_ec.py expects ValueError"),
    ("pyca+cryptography/asymmetric/PKCS8/bad-encryption-oid.pem", "", "is not read", EXPECTS_ERROR),
    ("pyca+cryptography/asymmetric/PKCS8/enc-unknown-", "", "is not read", EXPECTS_ERROR),
    ("pyca+cryptography/asymmetric/PKCS8/enc-rsa-pkcs8-pbkdf2-0iter.pem", "", "no iterations", EXPECTS_ERROR),
    ("pyca+cryptography/asymmetric/PKCS8/rsa-rc2-cbc-effective-key-length.pem", "", "None of the passphrases", EXPECTS_ERROR),
    ("pyca+cryptography/asymmetric/PEM_Serialization/rsa-bad-1025-q-is-2.pem", "", "its modulus is even", EXPECTS_ERROR),
    (
        "pyca+cryptography/asymmetric/Traditional_OpenSSL_Serialization/rsa-wrong-version.pem",
        "",
        "its RSA numbers",
        EXPECTS_ERROR,
    ),
    ("pyca+cryptography/asymmetric/Traditional_OpenSSL_Serialization/dsa-wrong-version.pem", "", "no DSA key", EXPECTS_ERROR),
    ("pyca+cryptography/asymmetric/Traditional_OpenSSL_Serialization/key1-no-dek-info.pem", "", "do not say how", EXPECTS_ERROR),
    (
        "pyca+cryptography/asymmetric/Traditional_OpenSSL_Serialization/key1-malformed-",
        "",
        "initialisation vector",
        EXPECTS_ERROR,
    ),
    (
        "pyca+cryptography/asymmetric/Traditional_OpenSSL_Serialization/key1-short-iv.pem",
        "",
        "initialisation vector",
        EXPECTS_ERROR,
    ),
    (
        "pyca+cryptography/asymmetric/OpenSSH/certs/p256-p256-",
        "",
        "does not follow the form of OpenSSH",
        "test_ssh.py expects ValueError for each of these",
    ),
    ("pyca+cryptography/x509/cryptography.io.chain_with_garbage.pem", "line 67", "cut off", GARBAGE),
    ("pyca+cryptography/x509/cryptography.io.with_garbage.pem", "line 3", "cut off", GARBAGE),
    ("pyca+cryptography/x509/cryptography.io.with_garbage.pem", "line 45", "cut off", GARBAGE),
    (
        "pyca+cryptography/x509/badasn1time.pem",
        "",
        "UTCTime",
        "test_x509.py expects ValueError; its date has a century that UTCTime has not",
    ),
    (
        "pyca+cryptography/x509/custom/invalid_version.pem",
        "",
        "INTEGER",
        "docs/development/test-vectors.rst: the version field is 7",
    ),
    (
        "pyca+cryptography/x509/custom/name_attribute_unsupported_tag.pem",
        "",
        "a length runs past",
        "test_x509.py expects ValueError; OpenSSL says “Error in encoding”",
    ),
    ("pyca+cryptography/x509/requests/bad-version.pem", "", "INTEGER", "test_x509.py expects an invalid version"),
    ("pyca+cryptography/x509/custom/crl_invalid_time.der", "", "UTCTime", "test_x509.py expects ValueError at this_update"),
    (
        "rustls+webpki/tests/crls/crl.invalid.this.update.time.der",
        "",
        "GeneralizedTime",
        "tests/crl_tests.rs: parsing it should error",
    ),
    ("TritonDataCenter+node-sshpk/test/assets/pkcs8-enc-bad-", "", "", "test/pem.js expects an error for each of these"),
    (
        "TritonDataCenter+node-sshpk/test/assets/dsa-pub-err.ppk",
        "",
        "fewer lines",
        "test/putty.js expects an error at its count of lines",
    ),
    ("TritonDataCenter+node-sshpk/test/assets/ed25519-invalid-mask.pem", "", "", "test/private-key.js expects an error"),
    (
        "lamps-wg+dilithium-certificates/examples/bad-ML-DSA-44-1.priv",
        "",
        "its seed makes another key",
        "RFC 9881 appendix C: the seed and the expanded key do not match",
    ),
    (
        "lamps-wg+dilithium-certificates/examples/bad-ML-DSA-44-",
        "",
        "does not fit together",
        "RFC 9881 appendix C: inconsistent private keys",
    ),
    ("kaikramer+keystore-explorer/kse/src/test/resources/testdata/PemUtilTest/bad-key-", "", "", "PemUtilTest.java: it is none"),
    (
        "kaikramer+keystore-explorer/kse/src/test/resources/testdata/CryptoFileUtilTest/keystore.pem",
        "line 235",
        "cut off",
        SKIPPED,
    ),
    ("kaikramer+keystore-explorer/kse/src/test/resources/testdata/PemUtilTest/keystore.pem", "line 235", "cut off", SKIPPED),
    (
        "kaikramer+keystore-explorer/kse/src/test/resources/testdata/CryptoFileUtilTest/ec.unenc.json",
        "",
        "does not belong to the private half",
        "CryptoFileUtilTest.java asks for its type alone; its point is the generator of P-384 and not that of its number",
    ),
    // Made-up types.
    (
        "RustCrypto+SSH/ssh-key/tests/examples/id_opaque",
        "",
        "",
        "tests/private_key.rs: a made-up algorithm that it keeps as bytes",
    ),
    // Forms that the sources read and this program tells by name.
    (
        "RustCrypto+formats/pkcs12/tests/examples/example11.pfx",
        "",
        "1.3.6.1.4.1.1722.12.2.1.16",
        "none; its integrity check is made with BLAKE2b, for which RFC 7292 and RFC 9579 name no identifier",
    ),
    ("CryptoFileUtilTest/keystore.bks", "", "BKS", OTHER_STORE),
    ("CryptoFileUtilTest/keystore.uber", "", "UBER", OTHER_STORE),
    ("CryptoFileUtilTest/keystore.bcfks", "", "BCFKS", OTHER_STORE),
    ("CryptoFileUtilTest/keystore.kdb", "", "Nothing in it", OTHER_STORE),
    ("CryptoFileUtilTest/keystore.sth", "", "Nothing in it", OTHER_STORE),
    (
        "CryptoFileUtilTest/rsa.enc.pvk",
        "",
        "PVK",
        "CryptoFileUtilTest.java: a private key file of Microsoft, a form that is told by name",
    ),
    (
        "CryptoFileUtilTest/rsa.unenc.pvk",
        "",
        "PVK",
        "CryptoFileUtilTest.java: a private key file of Microsoft, a form that is told by name",
    ),
    (
        "CryptoFileUtilTest/csr.spkac",
        "",
        "SPKAC",
        "CryptoFileUtilTest.java: a request of the keygen element, a form that is told by name",
    ),
    ("TritonDataCenter+node-sshpk/test/assets/Kecdsatest.", "", "", DNSSEC),
    ("TritonDataCenter+node-sshpk/test/assets/Krsatest.", "", "", DNSSEC),
    (
        "RustCrypto+formats/x509-cert/tests/examples/",
        "the file",
        "Nothing in it",
        "tests/trust_anchor_format.rs: constraints of trust anchors (RFC 5914)",
    ),
    // No key, certificate, request or revocation list.
    (
        "RustCrypto+formats/pem-rfc7468/tests/examples/ed25519_id.pem",
        "",
        "ED25519 CERT",
        "tests/decode.rs: a certificate of Tor, not of X.509",
    ),
    ("RustCrypto+formats/pkcs5/tests/examples/pbes2_", "", "Nothing in it", "tests/pbes2.rs: an algorithm or a ciphertext alone"),
    ("RustCrypto+SSH/ssh-key/tests/examples/sshsig_", "", "SSH SIGNATURE", "tests/sshsig.rs: a signature"),
    ("pyca+cryptography/pkcs7/enveloped", "", "enveloped data", "test_pkcs7.py: an encrypted message"),
    (
        "pyca+cryptography/asymmetric/PEM_Serialization/dsaparam.pem",
        "",
        "parameters without a key",
        "docs/development/test-vectors.rst: contains no keys",
    ),
    (
        "pyca+cryptography/x509/cryptography-scts-tbs-precert.der",
        "",
        "Nothing in it",
        "test_x509_ext.py: what is signed of a certificate, without the signature",
    ),
    ("pyca+cryptography/asymmetric/", "", "Nothing in it", "numbers for tests, in text"),
    ("CryptoFileUtilTest/CA.template", "", "Nothing in it", "CryptoFileUtilTest.java: of no known type"),
    ("CryptoFileUtilTest/empty.txt", "", "Nothing in it", "CryptoFileUtilTest.java: of no known type"),
    ("CryptoFileUtilTest/unknown.txt", "", "Nothing in it", "CryptoFileUtilTest.java: of no known type"),
    ("CryptoFileUtilTest/test.jwt", "", "Nothing in it", "CryptoFileUtilTest.java: a token"),
    (
        "rustls+webpki/tests/",
        "the file",
        "Nothing in it",
        "src/cert.rs and src/crl/types.rs: the text that a vector was made from",
    ),
    (
        "latchset+jose/tests/vectors/",
        "the file",
        "Nothing in it",
        "a symbolic link of its repository, of which only the name it leads to is there, or a thumbprint",
    ),
];

const EXPECTS_ERROR: &str = "tests/hazmat/primitives/test_serialization.py expects ValueError";
const GARBAGE: &str = "the text of the file: garbage around the certificates";
const SKIPPED: &str = "PemUtilTest.java: keystore.pem contains several malformed entries that are skipped";
const OTHER_STORE: &str = "CryptoFileUtilTest.java: a keystore of another program, none of the forms that are read";
const DNSSEC: &str = "test/dnssec.js: a key of BIND, none of the forms that are read";
