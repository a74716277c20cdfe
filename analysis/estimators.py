"""Estimators of the variance between studies and intervals of an effect, by the engine's keys."""

METHODS = {
    "REML": "REML",
    "DL": "DerSimonian and Laird",
    "PM": "Paule and Mandel",
    "ML": "Maximum likelihood",
    "EB": "Empirical Bayes",
    "SJ": "Sidik and Jonkman",
    "HE": "Hedges",
    "HS": "Hunter and Schmidt",
}
TESTS = {
    "z": "Normal (Wald)",
    "knha": "Knapp and Hartung",
    "adhoc": "Knapp and Hartung, never narrower than normal",
    "t": "t distribution",
}
INTERVALS = TESTS | {"CR2": "cluster-robust (CR2, Satterthwaite)"}
