"""How far a run depends on choices: every reasonable way to compute it, participants whose outcome
is missing, and standard deviations that were not printed.

Nothing of this is stored. What is assumed is marked as assumed and never enters approved data.
"""
