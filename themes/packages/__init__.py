"""Packages: what a theme is for one division. Compiling, evaluating, figures, schema of the whole form. Pure Python."""
