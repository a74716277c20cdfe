"""Meta-analysis in plain NumPy and SciPy, in metafor's vocabulary. No Django in here.

The parts that other code may rely on::

    effects.escalc(measure, columns, *, add, to, drop00, vtype, correct) -> Effects(yi, vi, ...)
    scales.scale_of(measure) -> Scale(label, axis, back, null, log_axis)
    conversions.conv_wald(...), conversions.conv_fivenum(...)   from print to yi/vi, mean/SD
    pooling.rma(yi, vi, *, X, terms, method, test, level, weights, weighted) -> Fit
    prediction.predict(fit, X=None, *, level, pi_type) -> Prediction; .transformed(function)
    heterogeneity.confint(fit, *, kind, level) -> intervals of tau2, tau, I2, H2
    likelihood.fit_stats(fit) -> {"ML": Criteria, "REML": Criteria}

Inputs are arrays with one entry a study, on an additive scale (log ratios, differences);
variances in squared effect units. Results are frozen dataclasses. What cannot be done raises
`errors.NotPoolable` or `errors.NotEstimable` with a message for the reader of the analysis; what
does not exist is None (NaN inside arrays), never 0.
"""
