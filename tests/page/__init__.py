"""The page of the loop in a real Chromium, fed with made state: no cluster is needed."""
