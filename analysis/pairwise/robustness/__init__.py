"""How far a result can be trusted: what a run's effects say when they are doubted.

Everything here is computed from the effects and variances that the run stored, with the method
of its plan, so that each figure belongs to the result beside it.
"""
