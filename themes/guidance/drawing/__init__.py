"""Guidance drawn as a flow of questions, rules and outcomes: laid out in columns, written as SVG.

Promises: plain Python; equal guidance gives equal bytes; every text is escaped; the picture stands alone, without
scripts, fonts or references to elsewhere.
"""
