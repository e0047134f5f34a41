"""Room reserved for knowledge entries and their onboarding (policy, Q&A, public service, encyclopedia, project).

It owns nothing yet: models, services and pages come with the issue that opens it.
"""
