"""Many forms into one, without Django: `form` merges, `projection` takes apart again, `schema` and `validation` judge.

Owned here: what a field accepts (`constraints`, `formats`, `patterns`), the strictest of several and what that costs,
with a value as witness (`intersection`, `samples`, `automata`), a field's own visibility (`visibility`), and the proof
that valid merged data is a valid record of every item (`coverage` and the property tests). Rules: domain.md §3.
"""
