"""Dictionaries, crosswalks, public fields, item forms, and the merge that makes one form of several (一表).

Promises: codes are never deleted, only dated out, and nothing that can change names a code longer than it lasts,
whichever room it stands in (`registry` says how rooms take part); names keep their periods; a public field means one
thing everywhere, and one that was merged says what it means now; others take of an item's form what is in force, which
a second person approved; a merged form yields a valid record of every item form it was made of, or says by example why
it cannot."""
