"""Meta-analysis in plain NumPy and SciPy, in metafor's vocabulary. No Django in here.

The parts that other code may rely on::

    effects.escalc(measure, columns, *, add, to, drop00, vtype, correct, edition) -> Effects
    scales.scale_of(measure) -> Scale(label, axis, back, null, log_axis)
    conversions.conv_wald(...), conv_fivenum(...), conv_2x2(...)  print to yi/vi, mean/SD, cells

    pooling.rma(yi, vi, *, X, terms, method, test, level, weights, weighted) -> Fit
    regression.meta_regression(yi, vi, formula, columns, **options) -> Fit; r_squared, wald_test ...
    subgroups.subgroups(yi, vi, groups, **options), subgroups_shared(...) -> Subgroups
    prediction.predict(fit, X=None, *, level, pi_type) -> Prediction; .transformed(function)
    heterogeneity.confint(fit, *, kind, level) -> intervals of tau2, tau, I2, H2
    likelihood.fit_stats(fit) -> {"ML": Criteria, "REML": Criteria}
    sparse.mantel_haenszel(measure, columns, ...), peto(columns, ...) -> SparseFit
    glmm.fit_glmm(measure, columns, *, model, method, ...) -> GlmmFit

    sensitivity.leave_one_out(fit), cumulative(fit, order) -> Series
    influence.influence(fit), baujat(fit); residuals.rstandard, rstudent, blup
    asymmetry.regtest(fit, *, predictor, model, ni), ranktest(fit)
    trimfill.trim_and_fill(fit, *, estimator, side); selection.selection_model(yi, vi, *, kind, ...)
    failsafe.rosenthal, orwin, rosenberg, general, excess_significance; henmi_copas.henmi_copas
    permutation.permutation_test(fit, *, draws, seed); gosh.gosh(yi, vi, ...)
    specifications.curve_test(groups, specifications, *, draws, seed), spread(estimates)
    missing_binary.imputed(measure, arms, reasons), informative, gamble_hollis -> Effects
    missing_means.informative(measure, groups, *, kind, mean, sd, corr) -> Effects
    missing_sds.fill(method, sd, n, mean), drawn, change_sd; tipping.tipping(fit_at, low, high)

    multilevel.fit_multilevel(yi, V, *, X, random, method, ...) with structures.nested, correlated
    dependence.sampling_covariance(vi, cluster, rho), aggregate(yi, V, cluster)
    robust.robust(y, X, M, cluster, *, kind); working_weights.working_fit(yi, vi, cluster, ...)
    network.counts/means/given(study, ...) -> Arms; assemble(arms, *, reference) -> Contrasts;
        network(contrasts, *, method, test) -> NetworkFit; league, p_scores, direct_evidence,
        node_splits, design_by_treatment, decompose, net_heat
    dose_response.covariance.from_estimates(...), from_counts, from_means -> Contrasts
    dose_response.curves.linear(), quadratic(), spline(doses, k), spline_at(knots) -> Curve
    dose_response.trends.fit_trend(studies, curve, stages=..., method=...) -> Trend; predict
    diagnostic.bivariate(tp, fn, fp, tn, *, group), reitsma(...) -> AccuracyFit; sroc, auc, region,
        differ(fit), studies, threshold
    location_scale.fit_location_scale(yi, vi, X, Z, ...)

    mixed.fit_mixed(formula, columns, *, study, reml) -> MixedFit; mixed_tests.satterthwaite, ...
    marginal_means.marginal_means(fit, factor, columns), pairwise(fit, means)
    mixed_slopes.fit_slopes(formula, columns, *, slopes); responders.fit_responders(formula, ...)
    stages.side_by_side, first_stage, with_aggregates; residual_checks.residual_checks(fit)
    confounders.confounder_table(outcome, factor, candidates, columns, ...)
    imputation.impute(columns, *, m, seed, within), pool_rubin(estimates, variances, *, dfcom)

Inputs are arrays with one entry a study (effect, patient), on an additive scale (log ratios,
differences); variances in squared effect units. Results are frozen dataclasses. What cannot be
done raises `errors.NotPoolable` or `errors.NotEstimable` with a message for the reader of the
analysis; what does not exist is None (NaN inside arrays), never 0.
"""
