"""Entry point of `python -m scripts`, which ./dev runs."""

import sys

if __name__ == "__main__":
    # PYTHONDONTWRITEBYTECODE is set to keep __pycache__ out of folders. Compiling the libraries takes longer than most
    # commands, so their bytecode is kept all the same, but where it is in nobody's way: inside ./dev's own environment.
    # This holds for this process only: programs that it starts still see the variable.
    if sys.dont_write_bytecode and sys.prefix != sys.base_prefix:
        sys.dont_write_bytecode, sys.pycache_prefix = False, sys.pycache_prefix or f"{sys.prefix}/bytecode"

    from scripts.cli import main

    sys.exit(main(sys.argv[1:]))
