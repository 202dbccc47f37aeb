"""An Apache Kafka that encrypts and asks who is there: three listeners beside a plain one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streams.broker import free_port, wait_ready
from tests.brokers import kafka_argv, process
from tests.certificates import Certificates, make_certificates

USER, PASSWORD = "tocsin", "an-open-secret"
_LOGIN = "org.apache.kafka.common.security"
_PROPERTIES = """
listeners=PLAINTEXT://{plain},LOGIN://{login},MUTUAL://{mutual},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{plain},LOGIN://{login},MUTUAL://{mutual}
controller.quorum.bootstrap.servers={controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,MUTUAL:SSL
ssl.keystore.type=PEM
ssl.keystore.location={store}
ssl.truststore.type=PEM
ssl.truststore.location={ca}
listener.name.mutual.ssl.client.auth=required
listener.name.login.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.login.plain.sasl.jaas.config={plain_login} required user_{user}="{password}";
listener.name.login.scram-sha-256.sasl.jaas.config={scram_login} required;
listener.name.login.scram-sha-512.sasl.jaas.config={scram_login} required;
"""


@dataclass(frozen=True, slots=True)
class Secured:
    """Its addresses: `login` is SASL_SSL, `mutual` asks for a certificate, `plain` for nothing."""

    certificates: Certificates
    plain: str
    login: str
    mutual: str


@contextmanager
def secured(folder: Path) -> Iterator[Secured]:
    """Such a broker for the time of the block."""
    certificates = make_certificates(folder)
    store = folder / "server-store.pem"
    store.write_bytes(
        certificates.key("server").read_bytes() + certificates.certificate("server").read_bytes()
    )
    plain, login, mutual, controller = (f"127.0.0.1:{free_port()}" for _ in range(4))
    properties = _PROPERTIES.format(
        plain=plain,
        login=login,
        mutual=mutual,
        controller=controller,
        store=store,
        ca=certificates.ca,
        user=USER,
        password=PASSWORD,
        plain_login=f"{_LOGIN}.plain.PlainLoginModule",
        scram_login=f"{_LOGIN}.scram.ScramLoginModule",
    )
    users = [f"SCRAM-SHA-{n}=[name={USER},password={PASSWORD}]" for n in (256, 512)]
    argv = kafka_argv(int(plain.split(":")[1]), folder, users=users, properties=properties)
    with process(argv, folder / "kafka.log"):
        asyncio.run(wait_ready(plain, within_s=60))
        yield Secured(certificates, plain, login, mutual)
