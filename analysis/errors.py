"""What an analysis refuses."""


class NotAnalysable(ValueError):
    """The plan cannot be run on these data; the text says which rows and why."""


class Missing(ValueError):
    """What a study lacks to enter an analysis, in words."""
