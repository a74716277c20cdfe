"""Dose and response: arms of a study against a shared reference, and trends over studies.

::

    covariance.from_counts(dose, cases, total, design, ...) -> Contrasts
    covariance.from_estimates(dose, estimate, se, cases, total, design, ...) -> Contrasts
    covariance.from_means(dose, mean, sd, n, measure=..., ...) -> Contrasts
    curves.linear(), quadratic(), spline(doses, k), spline_at(knots) -> Curve
    trends.fit_trend(studies, curve, stages=2, method="REML") -> Trend
    trends.predict(trend, doses, reference) -> Predicted
"""
