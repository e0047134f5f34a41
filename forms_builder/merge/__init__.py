"""Many forms into one, without Django: `form` merges, `projection` takes apart again, `schema` and `validation` judge.

Owned here: what a field accepts (`constraints`, `formats`, `patterns`), the strictest of several and what that costs,
with a value as witness (`intersection`, `samples`, `automata`), which codes are spoken and how they are translated
(`speaking`, `crosswalks`), what conditions hide (`visibility`, `sections`), which lists depend on
another field (`dependence`), what follows where one
item hides what another requires (`presence`), what there is to decide (`matters`), the certificate of it all
(`certificate`), and all of it in words (`wording`). That valid merged data is a valid record of every item is proved by
the property tests in `tests`. Rules: domain.md §3.
"""
