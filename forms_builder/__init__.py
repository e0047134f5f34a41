"""Dictionaries, public fields, item forms, and the merge that makes one form of several (一表).

Promises: codes are never deleted, only dated out; a public field means one thing everywhere; a merged form yields a
valid record of every item form it was made of, or says by example why it cannot."""
