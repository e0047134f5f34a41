"""The feed for machines."""
