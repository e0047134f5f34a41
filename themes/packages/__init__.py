"""Packages: what a theme is for one division. Compiling, evaluating, figures, the schema of the whole form. Pure Python."""
