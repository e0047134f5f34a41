"""Who is calling: tokens and sessions; routes of users and roles; the token endpoint."""
