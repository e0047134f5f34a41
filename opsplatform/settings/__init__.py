"""The only readers of the environment: `environment.py` reads it once, the profiles turn it into Django settings."""
