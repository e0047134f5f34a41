"""Endpoints for the systems they belong to."""
