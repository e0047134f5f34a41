"""Themes (一件事): guidance, bindings of items, materials and fields, localisations, gate, figures, packages, dossiers.

Promises: one document per theme, saved whole with the revision it was read at; a submitted version carries every
reference frozen; a package is a pure function of a version, a division and its localisation; a district changes only
what the city leaves to it, and no change of the city gives way to its own without a recorded decision."""
