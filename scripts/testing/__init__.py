"""The tiers of `./dev test`: what each one checks, sets up and leaves for whoever looks at a failure."""
