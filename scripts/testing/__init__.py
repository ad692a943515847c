"""The tiers of `./dev test`: what each one checks, sets up, and keeps of a failure."""
