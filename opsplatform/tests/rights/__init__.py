"""The rights matrix: every post, every act, every relation, through every door, against a table kept by hand.

`oracle.txt` says what shall be; `oracle` reads it; `world` is the installation it is held against; `acts` are what can
be done; `doors` are the ways in; `judging` tries a cell and says how it differs from the table.
"""
