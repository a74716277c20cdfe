"""What an analysis refuses."""


class NotAnalysable(ValueError):
    """The plan cannot be run on these data; the text says which rows and why."""
