"""The console script: the imports, which Ctrl-C ends without a word, then the command line."""

import signal


def main() -> None:
    """Run `tocsin`; where interrupts are ignored, as in the background of a shell, they stay so."""
    usual = signal.getsignal(signal.SIGINT)
    if usual is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing has begun that must be ended well
    from streams.cli import main as run

    signal.signal(signal.SIGINT, usual)
    run()
