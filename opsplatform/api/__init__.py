"""The REST kit: problem+json, bounded parsing, cursors, ETag and If-Match, schema, health. Knows no room."""
