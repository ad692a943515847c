"""Executes the Tiltfile where Tilt is absent: evaluate, build, deploy, watch, update, prove what is served."""
