"""`./dev clean`: what earlier versions and builds left on this machine, and nothing uses any more."""
