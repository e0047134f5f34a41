"""Tests of the installation as a whole, which no single room could hold: who may do what, and what leaks to whom."""
