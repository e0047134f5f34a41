"""One engine for everything that is published: drafts, immutable versions, decisions by a second person, releases.

Promises: a version is the canonical bytes that were submitted and never changes; approval names the digest and cannot
come from one of its authors, whatever the channel; per division at most one release is live and its history is kept;
what was live at any moment can be told. The engine knows its subjects by registration (`subjects.register`) only."""
