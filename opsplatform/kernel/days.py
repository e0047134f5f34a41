"""Days as documents spell them."""

import datetime


def parse_day(text: str) -> datetime.date | None:
    """The day that a text spells as YYYY-MM-DD (ISO 8601 extended format), or None."""
    if len(text) != 10 or not text.isascii():
        return None
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None
