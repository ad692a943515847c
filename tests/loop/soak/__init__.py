"""Many random operations on a running loop, and what must hold during and after them."""
