"""Exporting a register, comparing a file with it, and writing what was confirmed."""
