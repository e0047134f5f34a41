"""A Wagtail site, for scale: pages with the bytes of our packages, read through its API (v2).

Runs under an environment of its own (var/wagtail, from requirements.txt here); nothing of the product imports it.
"""
