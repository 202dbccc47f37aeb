"""`python -m bench`: the streams, every part after the other; `--help` tells its options.

Beside it, each by its own name: `bench.chaos` (workers and the broker are killed),
`bench.detectors` (the bank alone), and what else stands in this folder.
"""

from bench.streams.__main__ import main

if __name__ == "__main__":
    main()
