"""The commands of `tocsin`, a file for each group; `streams/cli.py` lists them."""
