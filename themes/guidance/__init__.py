"""Guidance of a theme (domain.md §2): compiled once, evaluated on answers and a day, explained, judged, put in words.

Promises: plain Python that knows no table, clock or register; equal answers give equal outcomes; answers to invisible
or unknown questions change nothing."""
