"""Registers leave and enter as spreadsheets.

What leaves is what the person sees in the list, as filtered; every file that left is on record with its digest.
What enters is compared first and written only when confirmed, both as background work that can be left and found
again: all of it in one transaction, row by row through the very services of the registers, so that rights, rules,
revisions and audit entries are the same as on their pages.
"""
