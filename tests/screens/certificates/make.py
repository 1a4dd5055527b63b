"""Makes the certificates of the pictures anew: python3 make.py, with the module cryptography.

Dates, names and numbers are those of the world of the screen tests; only keys and signatures differ each
time, so the pictures that show fingerprints have to be made anew after it.
"""

import datetime
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

HERE = pathlib.Path(__file__).parent
KINDS = {"C": NameOID.COUNTRY_NAME, "O": NameOID.ORGANIZATION_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "CN": NameOID.COMMON_NAME}


def name(text):
    parts = [part.split("=", 1) for part in text.split(",")]
    return x509.Name([x509.NameAttribute(KINDS[kind], value) for kind, value in parts])


def day(text, last=False):
    at = datetime.datetime.fromisoformat(text)
    return at + datetime.timedelta(seconds=86_399 if last else 0)


class Made:
    """A certificate with its key; `issuer` is another one, or None where it vouches for itself."""

    def __init__(self, subject, start, end, serial, issuer=None, authority=True, length=None, names=(), key=None):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = name(subject)
        signer = issuer or self
        key_id = x509.SubjectKeyIdentifier.from_public_key
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(signer.name)
            .public_key(self.key.public_key())
            .serial_number(serial)
            .not_valid_before(day(start))
            .not_valid_after(day(end, last=True))
            .add_extension(x509.BasicConstraints(authority, length if authority else None), critical=True)
            .add_extension(usage(authority), critical=True)
            .add_extension(key_id(self.key.public_key()), critical=False)
        )
        if issuer:
            their = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
            builder = builder.add_extension(their, critical=False)
        if not authority:
            builder = for_servers(builder, names)
        self.der = builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def pem(self):
        return x509.load_der_x509_certificate(self.der).public_bytes(serialization.Encoding.PEM)

    def weakened(self, issuer):
        """Signed anew by an RSA key over SHA-1, which the module itself refuses for certificates."""
        sha256, sha1 = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "05"))
        length = issuer.key.key_size // 8
        signed = x509.load_der_x509_certificate(self.der).tbs_certificate_bytes.replace(sha256, sha1)
        signature = issuer.key.sign(signed, padding.PKCS1v15(), hashes.SHA1())
        self.der = self.der.replace(sha256, sha1)[:-length] + signature
        return self


def usage(authority):
    both = {"content_commitment": False, "key_encipherment": False, "data_encipherment": False, "key_agreement": False}
    both |= {"encipher_only": False, "decipher_only": False}
    return x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, **both)


def for_servers(builder, names):
    policy = x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)
    access = [
        (AuthorityInformationAccessOID.OCSP, "http://ocsp.trust.example/r3"),
        (AuthorityInformationAccessOID.CA_ISSUERS, "http://certs.trust.example/r3.der"),
    ]
    access = [x509.AccessDescription(method, x509.UniformResourceIdentifier(at)) for method, at in access]
    lists = x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.trust.example/r3/61.crl")], None, None, None)
    both = [ExtendedKeyUsageOID.SERVER_AUTH]
    return (
        builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .add_extension(x509.CertificatePolicies([policy]), critical=False)
        .add_extension(x509.AuthorityInformationAccess(access), critical=False)
        .add_extension(x509.CRLDistributionPoints([lists]), critical=False)
    )


def write(file, *made):
    (HERE / f"{file}.pem").write_bytes(b"".join(one.pem() for one in made))


def main():
    root = Made("C=DE,O=Example Trust,CN=Example Trust Root G2", "2018-03-01", "2043-02-28", 0x10)
    r3 = Made("O=Example Trust,CN=Example CA R3", "2022-09-04", "2029-09-03", 0x2F11, root, length=0)
    subject, names = "C=DE,O=Example GmbH,CN=api.example.com", ["api.example.com", "www.api.example.com"]
    api = Made(subject, "2026-05-27", "2026-12-12", 0x04A1B2, r3, authority=False, names=names)
    before = Made(subject, "2026-05-26", "2026-08-24", 0x04A09F, r3, authority=False, names=names[:1])
    write("root", root)
    write("api", api, r3)
    write("api-before", before, r3)

    old = Made("O=Example Old,CN=Example Old CA", "2012-01-01", "2031-12-31", 0x1, key=rsa.generate_private_key(65537, 2048))
    key = rsa.generate_private_key(65537, 1024)
    cdn = Made("CN=cdn.example.com", "2025-11-01", "2026-11-18", 0x77, old, False, names=["cdn.example.com"], key=key)
    write("old", cdn.weakened(old), old)
    write("alone", Made("CN=wiki.example.com", "2026-11-30", "2028-11-29", 0x1, None, False, names=["wiki.example.com"]))

    issuer = root
    chain = []
    for number in range(1, 7):
        unit = f"OU=Department for the Certification of Certifying Departments of the Region {number}"
        subject = f"O=Example Federated Public Administration of Trust Services,{unit},CN=Federated Issuing Authority of Level {number} for Internal Rehearsals"
        issuer = Made(subject, "2024-01-01", f"20{40 - number}-12-31", 0x500 + number, issuer, length=6 - number)
        chain.insert(0, issuer)
    long = "staging-environment-for-the-quarterly-audit-rehearsal.eu-central-1.internal.example.com"
    names = [long] + [f"node-{number:02}.rehearsal.eu-central-1.internal.example.com" for number in range(1, 31)]
    leaf = Made("O=Example GmbH,CN=Quarterly audit rehearsal", "2026-10-20", "2027-05-08", 2**156 - 12345, issuer, False, names=names)
    write("long", leaf, *chain)


main()
