"""Docker: the only package that talks to an engine, by the SDK (engine.py), and by the CLI for builds (build.py)."""
