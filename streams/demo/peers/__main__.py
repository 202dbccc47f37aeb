"""`python -m streams.demo.peers --dir DIR`: serve until told to stop, or until stdin closes."""

import argparse
import asyncio
import json
import os
import signal
import stat
import sys
from pathlib import Path

from msgspec.structs import replace

from streams.demo.peers.desk import Desk
from streams.demo.peers.serve import HOST, Credentials, Peers

_PEERS = ("slack", "pagerduty", "jira", "webhook", "smtp")
# Secrets by which the console knows that it is they who tell of answers.
_SECRETS = ("SLACK_SIGNING_SECRET", "PAGERDUTY_WEBHOOK_SECRET", "JIRA_WEBHOOK_SECRET")


def main() -> int:
    """Serve; the first line on stdout is JSON with the ports."""
    try:
        return asyncio.run(_serve(_arguments()))
    except OSError as error:
        sys.stderr.write(
            f"cannot listen on {HOST}: {error.strerror or error}: choose another port\n"
        )
        return 2


def _arguments() -> argparse.Namespace:
    usual = Credentials()
    parser = argparse.ArgumentParser(prog="python -m streams.demo.peers", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="where to keep what is received")
    for kind in _PEERS:
        parser.add_argument(f"--{kind}-port", type=_port, default=0, help="0: any free one")
    parser.add_argument("--desk-port", type=_port, default=0, help="the page where people answer")
    parser.add_argument("--console", default="", metavar="URL", help="who is told of answers")
    parser.add_argument("--slack-token", default=usual.slack_token)
    parser.add_argument("--slack-channel", action="append", default=[], help="one there is")
    parser.add_argument("--pagerduty-key", action="append", metavar="NAME=KEY", default=[])
    parser.add_argument("--jira-user", default=usual.jira_user)
    parser.add_argument("--jira-token", default=usual.jira_token)
    parser.add_argument("--smtp-user", default="")
    parser.add_argument("--smtp-password", default="")
    given = parser.parse_args()
    if not all("=" in pair for pair in given.pagerduty_key):
        parser.error("--pagerduty-key takes NAME=KEY")
    return given


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: take one of 0 to 65535")
    return int(text)


def _credentials(given: argparse.Namespace) -> Credentials:
    keys = dict(pair.split("=", 1) for pair in given.pagerduty_key)
    secrets = {name.lower(): os.environ[name] for name in _SECRETS if name in os.environ}
    credentials = Credentials(
        slack_token=given.slack_token,
        pagerduty_keys=keys or Credentials().pagerduty_keys,
        jira_user=given.jira_user,
        jira_token=given.jira_token,
        smtp_user=given.smtp_user,
        smtp_password=given.smtp_password,
    )
    return replace(credentials, **secrets)


async def _serve(given: argparse.Namespace) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ports = {kind: getattr(given, f"{kind}_port") for kind in _PEERS}
    async with (
        Peers(given.dir, ports=ports, credentials=_credentials(given)) as peers,
        Desk(peers, given.console, port=given.desk_port) as desk,
    ):
        for channel in given.slack_channel:
            peers.slack.open(channel)
        ready = peers.ports | {"desk": desk.port, "dir": str(given.dir)}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        _watch_stdin(loop, stop)
        await stop.wait()
    return 0


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop with whoever started us. A terminal or /dev/null says nothing about that."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return

    def read() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stop.set()

    loop.add_reader(0, read)


if __name__ == "__main__":
    sys.exit(main())
