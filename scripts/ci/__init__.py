"""`./dev ci`: the kinds of trouble that end it, and its report."""
