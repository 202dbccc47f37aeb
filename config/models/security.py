"""Sections `kafka.tls` and `kafka.sasl`."""

from typing import Annotated, Literal

from pydantic import Field

from config.models.values import Model, SecretSource

Path = Annotated[str, Field(min_length=1, max_length=4096)]


class TlsModel(Model):
    """How the connection to the brokers is encrypted, and who proves what to whom."""

    ca: Path | None = Field(
        None,
        title="Certificate authority",
        description="PEM file of the authorities that sign the brokers' certificates, beside the "
        "configuration unless the path is absolute. Unset: those of the system.",
    )
    certificate: Path | None = Field(
        None,
        title="Certificate",
        description="PEM file of our own certificate, for brokers that ask for one (mTLS), with "
        "those between it and the authority.",
    )
    key: Path | None = Field(
        None,
        title="Key",
        description="PEM file of the certificate's private key. Unset: it is in the certificate's "
        "file.",
    )
    key_password: SecretSource | None = Field(
        None, title="Key password", description="What the private key is encrypted with, if it is."
    )
    verify_host: bool = Field(
        True,
        title="Verify host",
        description="Whether a broker's certificate must be for the name it is reached by. The "
        "certificate itself is always verified.",
    )


class SaslModel(Model):
    """The login that the brokers ask for."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        title="Mechanism", description="How the password is proved; the brokers decide it."
    )
    username: Annotated[str, Field(min_length=1, max_length=1000)] = Field(
        title="User name", description="Name of the login."
    )
    password: SecretSource = Field(title="Password", description="Password of the login.")
