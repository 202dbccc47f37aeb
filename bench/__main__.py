"""`python -m bench`: every measurement, one after the other."""

from bench.pipeline import main

if __name__ == "__main__":
    main()
