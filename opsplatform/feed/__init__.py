"""The change feed: what became of everything that outsiders read, in one order that nobody misses anything of.

Promises: an event is announced in the transaction of the act and is there exactly when the act is; one sequencer gives
committed events their positions, densely, and events of one thing in the order of the acts; who reads on from a
position sees every later event exactly once; the latest event of each thing is kept for ever; a feed that went back in
time (a restored backup) is another epoch, and its readers are told to take stock anew."""
