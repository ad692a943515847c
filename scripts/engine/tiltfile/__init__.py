"""From the Tiltfile to an Environment."""
