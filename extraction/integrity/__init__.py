"""What of a review's extractions and appraisals does not fit together."""

from . import appraisals, entries, participants, queries, records, studies

NOUNS = (studies, entries, queries, records, participants, appraisals)


def problems(review):
    """Return a sentence for each row that contradicts another; an empty list is good."""
    return [sentence for noun in NOUNS for sentence in noun.problems(review)]
