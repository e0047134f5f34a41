"""RJSF and JSON Forms as integrators would use them: a page in Chromium, bundled from npm for the tests only."""
