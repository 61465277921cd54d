"""Certificates made on the spot: an authority, and servers that it vouches for, or not."""

import datetime
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Signer:
    """Who signs: a name and a key."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


class Authority:
    """``file`` is what clients may trust; ``server`` makes a certificate with its key, in one PEM file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signer = Signer(named("Authority of the tests"), ec.generate_private_key(ec.SECP256R1()))
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._made(self.signer, self.signer, None, 3).public_bytes(Encoding.PEM))

    def server(self, name: str, *, days: int = 2, own: bool = False) -> Path:
        """``days`` from yesterday until it ends (0: it has ended); ``own``: signed by itself."""
        path = self.folder / f"{name}-{days}-{own}.pem"
        if not path.exists():
            mine = Signer(named(name), ec.generate_private_key(ec.SECP256R1()))
            made = self._made(mine, mine if own else self.signer, name, days)
            key = mine.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            path.write_bytes(key + made.public_bytes(Encoding.PEM))
        return path

    def context(self, name: str, *, days: int = 2, own: bool = False) -> ssl.SSLContext:
        """The server's side."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.server(name, days=days, own=own))
        return context

    def _made(self, subject: Signer, issuer: Signer, host: str | None, days: int) -> x509.Certificate:
        begin = datetime.datetime.now(datetime.UTC) - 2 * DAY
        public = subject.key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject.name)
            .issuer_name(issuer.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + DAY + days * DAY)
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        )
        if host is not None:
            named_so = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
            builder = builder.add_extension(x509.SubjectAlternativeName([named_so]), critical=False)
        return builder.sign(issuer.key, hashes.SHA256())
