"""Themes (一件事): guidance, bindings of items, materials and fields, the gate, figures, packages, dossiers.

Promises: one document per theme, saved whole with the revision it was read at; a submitted version carries every
reference frozen; a package is a pure function of a version and a division."""
