"""Users, roles, memberships, machine clients, and the one permission choke point.

Promises: what no policy row allows is refused; out of scope looks like "does not exist"; no super-user bypass; no
account holds two of the three administrations (三员). Services ask `actor.require(…)`; lists are
`visible_to(actor)`."""
