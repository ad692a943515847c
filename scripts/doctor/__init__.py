"""`./dev doctor`: what of this machine is in the way of the stack, and the cure of each."""
