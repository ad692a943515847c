"""Development only: takes up each saved file by a fork of a process that has all libraries imported.

- `supervisor` owns the listening socket, watches the files and decides who serves. It imports nothing that
  is served.
- `ground` has imported the libraries that the last good process had, and forks.
- `worker` is such a fork: it imports the service's own modules and serves.

A worker is ready before the one before it leaves, and takes its open connections over, so no request is
lost. A save that does not load leaves the last good code serving.
"""
