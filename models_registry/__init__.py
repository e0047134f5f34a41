"""Room reserved for registered applications and models, their onboarding and the gateway in front of them.

It owns nothing yet: models, services and pages come with the issue that opens it.
"""
