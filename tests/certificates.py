"""Certificates for the tests: two authorities that know nothing of each other, keys and chains."""

from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

KEY_PASSWORD = "opens-sesame"


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files in a folder. `server` is for 127.0.0.1, `stranger` by another authority."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The authority that signs `server` and `client`."""
        return self.folder / "ca.pem"

    def certificate(self, name: str) -> Path:
        """A certificate, with its chain."""
        return self.folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        """Its key, as PKCS 8."""
        return self.folder / f"{name}.key"


def make_certificates(folder: Path) -> Certificates:
    """All of them, new."""
    ours, theirs = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(folder / "ca.pem")
    theirs.cert_pem.write_to_path(folder / "other-ca.pem")
    for name, authority in {"server": ours, "client": ours, "stranger": theirs}.items():
        leaf = authority.issue_cert("127.0.0.1", common_name=name)
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        (folder / f"{name}.pem").write_bytes(chain)
        (folder / f"{name}.key").write_bytes(_pkcs8(leaf, NoEncryption()))
        if name == "client":
            encrypted = _pkcs8(leaf, BestAvailableEncryption(KEY_PASSWORD.encode()))
            (folder / "client-encrypted.key").write_bytes(encrypted)
    return Certificates(folder)


def _pkcs8(leaf: trustme.LeafCert, encryption: KeySerializationEncryption) -> bytes:
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
