"""What keeps an installation from running, each in one Chinese sentence for whoever typed the command."""


class CannotRun(Exception):
    """It cannot be started or prepared; the text is the sentence to print, and exit code 1 follows."""


class DatabaseUnavailable(CannotRun):
    """No answer from the database, or not as the account that was asked for."""
