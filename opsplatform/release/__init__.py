"""One engine for everything that is published: drafts, immutable versions, decisions by a second person, releases.

Promises: a version is the canonical bytes that were submitted and never changes; its review has the steps that were
planned at the submission; approval names the digest, needs every step, and comes from none of its authors, whatever
the channel, unless two persons answer for an emergency, whose review is then owed; per division at most one release
is live and its history is kept; what was live at any moment can be told. The engine knows its subjects by
registration (`subjects.register`) only."""
