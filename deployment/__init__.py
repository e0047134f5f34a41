"""A production installation on one machine, made, exercised, damaged and removed: `make deployment-test`."""
