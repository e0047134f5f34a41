"""Documents of themes in plain Chinese: names of things, differences, references. Pure: no database, no requests."""
