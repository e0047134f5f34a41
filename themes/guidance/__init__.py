"""Guidance of a theme (domain.md §2): compiled once, evaluated, explained, proved, compared, drawn, exported.

Promises: plain Python that knows no table, clock or register; equal answers give equal outcomes; answers to invisible
or unknown questions change nothing; what a proof does not say, it says that it does not."""
