"""What routes about subjects of any kind show and take: versions, decisions, releases, findings."""
