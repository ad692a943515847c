"""The files of a checkout: watched, compared by content, and which of them matter."""
