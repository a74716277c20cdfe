"""Examples of analyses: small reviews whose numbers fill every kind on the bench.

Each went the way of a good team: plans frozen with the protocol, entries of two, an approved
record, a snapshot, runs. The studies came through no search, so each cites where its numbers are
printed; one of the four is simulated and says so wherever it appears.
"""

from . import accuracy, dose, network, vaccine

REVIEWS = (vaccine, network, accuracy, dose)
