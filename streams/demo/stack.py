"""The processes of the demonstration: what each is told, and when it can be used."""

import asyncio
import re
import secrets
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

from streams.broker import BrokerError, EmbeddedBroker, check_free, free_port, wait_ready
from streams.demo.console_client import ConsoleClient
from streams.demo.lines import JsonLines
from streams.demo.options import DemoOptions
from streams.supervisor import Child, Supervisor

# Made up: the peers on loopback take any, and nothing else ever sees them.
SECRETS = {
    "SLACK_TOKEN": "xoxb-demo",
    "PAGERDUTY_KEY": "0123456789abcdef0123456789abcdef",
    "JIRA_TOKEN": "jira-demo",
    "SMTP_PASSWORD": "smtp-demo",
}
# By which the console knows who answers; drawn anew for each run, for it acts on them.
ANSWERING = (
    "SLACK_SIGNING_SECRET",
    "PAGERDUTY_WEBHOOK_SECRET",
    "JIRA_WEBHOOK_SECRET",
    "TOCSIN_LINK_KEY",
)
_LEFT_OUT = re.compile(r"^( *)# (?=(?:signing_secret|webhook_secret|link_key): \{env: )", re.M)
GO_FILE = "go"
CONFIG_FOLDER = "config"
ENVIRONMENT = "environment.sh"
PEERS_FOLDER = "peers"
SLACK_CHANNELS = ("#platform", "#shop")  # that the example's receivers name
READY_WITHIN_S = 60.0
SESSION_TIMEOUT = "3s"  # the embedded broker lets a worker join only after half of it

Say = Callable[[str], None]


@dataclass(slots=True)
class Stack:
    """Starts the processes one after another, saying what it waits for."""

    options: DemoOptions
    folder: Path
    supervisor: Supervisor
    say: Say
    bootstrap: str = ""
    prefix: str = "tocsin"
    shop_prefix: str = ""
    peers: dict[str, Any] = field(default_factory=dict)
    answering: dict[str, str] = field(default_factory=lambda: drawn(ANSWERING))

    @property
    def desk_url(self) -> str:
        """Where the page is on which people answer in the stand-ins; empty before they are up."""
        return self._peer("desk") if self.peers else ""

    @property
    def console_url(self) -> str:
        """Where the console is."""
        return f"http://127.0.0.1:{self.options.port}"

    @property
    def config(self) -> Path:
        """The configuration in use, which may be edited."""
        return self.folder / CONFIG_FOLDER

    def log(self, name: str) -> Path:
        """The log of a child."""
        return self.folder / f"{name}.log"

    async def start(self) -> None:
        """Start everything. Raises BrokerError, TopicError or ChildLost."""
        check_port(self.options.port)
        copy_examples(self.config)
        await self._broker()
        await self._peers()
        await self._feed()
        await self._worker_and_console()

    def go(self) -> None:
        """Let the shop's time run."""
        (self.folder / GO_FILE).touch()

    async def _broker(self) -> None:
        self.say("starting the broker")
        if self.options.broker:
            fresh = f"tocsin-demo-{uuid4().hex[:6]}"
            self.bootstrap, self.prefix, self.shop_prefix = (
                self.options.broker,
                fresh,
                f"{fresh[7:]}.",
            )
            await wait_ready(self.bootstrap)
            return
        broker = EmbeddedBroker(free_port())
        self.bootstrap = broker.bootstrap
        await self.supervisor.start(broker.child(self.log("broker")))

    async def _peers(self) -> None:
        self.say("starting stand-ins for Slack, PagerDuty, Jira and a mail server")
        lines = JsonLines(self.log("peers"))

        async def bound() -> None:
            while not self.peers:
                self.peers = next(iter(lines.read()), {})
                await asyncio.sleep(0.05)

        argv = self._module(
            "streams.demo.peers",
            *("--dir", str(self.folder / PEERS_FOLDER)),
            *("--console", self.console_url),
            *(f"--slack-channel={channel}" for channel in SLACK_CHANNELS),
        )
        peers = Child("peers", argv, env=self.answering, log=self.log("peers"), ready=bound)
        await self.supervisor.start(peers)

    async def _feed(self) -> None:
        self.say("starting the shop")
        argv = self._module(
            "streams.demo.feed",
            *("--bootstrap", self.bootstrap),
            *("--speed-up", str(self.options.speed_up)),
            *("--seed", str(self.options.seed)),
            *("--plan", self.options.plan),
            *("--prefix", self.shop_prefix),
            *("--go", str(self.folder / GO_FILE)),
        )
        await self.supervisor.start(Child("feed", argv, log=self.log("feed")))

    async def _worker_and_console(self) -> None:
        self.say("starting the worker and the console")
        write_environment(self.folder / ENVIRONMENT, self.env())
        config = ("--config", str(self.config))
        worker = Child(
            "worker",
            self._module("streams.worker", *config),
            env=self.env(),
            restart=True,
            log=self.log("worker"),
        )
        console = Child(
            "console",
            self._module("console", *config, "--port", str(self.options.port)),
            env=self.env(),
            log=self.log("console"),
            ready=self._console_answers,
            ready_within_s=READY_WITHIN_S,
        )
        await self.supervisor.start(worker)
        await self.supervisor.start(console)

    async def _console_answers(self) -> None:
        async with ConsoleClient(self.console_url) as client:
            while not await client.is_healthy():
                await asyncio.sleep(0.1)

    def env(self) -> dict[str, str]:
        """What `config/examples` reads from the environment."""
        return {
            "TOCSIN_BOOTSTRAP": self.bootstrap,
            "TOCSIN_PREFIX": self.prefix,
            "TOCSIN_SESSION_TIMEOUT": SESSION_TIMEOUT,
            "TOCSIN_SHOP_PREFIX": self.shop_prefix,
            "TOCSIN_CONSOLE_PORT": str(self.options.port),
            "TOCSIN_SLACK_URL": f"{self._peer('slack')}/api/",
            "TOCSIN_PAGERDUTY_URL": self._peer("pagerduty"),
            "TOCSIN_JIRA_URL": self._peer("jira"),
            "TOCSIN_SMTP_HOST": "127.0.0.1",
            "TOCSIN_SMTP_PORT": str(self.peers["smtp"]),
            **SECRETS,
            **self.answering,
        }

    def _peer(self, name: str) -> str:
        return f"http://127.0.0.1:{self.peers[name]}"

    def _module(self, name: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", name, *arguments]


def check_port(port: int) -> None:
    """Raises BrokerError when the console's port is taken."""
    try:
        check_free(port)
    except BrokerError:
        raise BrokerError(f"port {port} is in use: choose another with --port") from None


def write_environment(path: Path, settings: Mapping[str, str]) -> None:
    """What a shell reads to use the command line on a running demonstration."""
    path.touch(mode=0o600)
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
    path.write_text("".join(lines))


def drawn(names: Iterable[str]) -> dict[str, str]:
    """A random secret for each name."""
    return {name: secrets.token_hex(16) for name in names}


def copy_examples(target: Path) -> None:
    """The example configuration where the user may edit it; what is there already stays.

    What the examples only show of how people answer is in force in the copy.
    """
    if target.exists():
        return
    target.mkdir(parents=True)
    for source in files("config.examples").iterdir():
        if source.name.endswith((".yaml", ".yml")):
            text = source.read_text(encoding="utf-8")
            (target / source.name).write_text(_LEFT_OUT.sub(r"\1", text), encoding="utf-8")
