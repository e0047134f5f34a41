"""Backups of the whole database: a directory with one dump and a manifest that says what must be found after restoring.

Promises: the manifest and the dump show the same moment; a restore that does not come out as the manifest and the
migrations say leaves the database as it was.
"""
