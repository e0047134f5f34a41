"""An installation of the size of Shanghai: `make shanghai DATABASE_NAME=…`, also made by `make bench`.

It grows out of the demonstration: 3,200 items, 500 themes on show in 16 districts, 3,000 users, a million audit rows.

Rows are written in bulk by the application's role, past the services, so nobody's right is judged and no act beyond
the trail's own rows is recorded; every constraint and trigger of the database holds them. What follows: releases
begin at the time of the run, since the database lets none begin in the past, while the trail spreads over two years.
The themes are the two real dossiers under other codes and names, each led by one of many bureaus. The same seed gives
the same rows, but for identifiers, times and signatures.
"""
