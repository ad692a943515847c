"""From the Tiltfile to an Environment: which images, resources and live updates it describes."""
