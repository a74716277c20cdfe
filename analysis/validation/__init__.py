"""Hold the engines against cases with known answers; a user's own cases as well as ours.

A kind of cases is one module with ``run(directory)``, which yields ``cases.Outcome``;
the command ``validate`` lists the modules.
"""
