"""Reads requests about tasks out of English sentences, in stages: tokens, speech act, frame, target."""
