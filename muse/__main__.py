"""`python -m muse`: the same as the command `muse`."""

from muse.cli import main

if __name__ == "__main__":
    main()
