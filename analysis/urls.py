"""URLs of this app."""

from django.urls import include, path

from . import choice_urls, model_urls, patient_urls
from .views import (
    bench,
    exports,
    figures,
    health,
    impact,
    ledger,
    looks,
    prespecification,
    report,
    variants,
    work,
)

urlpatterns = [
    path("", work.my_work, name="my-work"),
    path("health/", health.health, name="health"),
    path("reviews/<int:review_id>/", work.review_home, name="review-home"),
    path("reviews/<int:review_id>/consensus/impact/", impact.impact, name="impact"),
    path("reviews/<int:review_id>/report/", report.report_page, name="report"),
    path(
        "reviews/<int:review_id>/report/<slug:name>.<slug:kind>",
        report.report_figure,
        name="report-figure",
    ),
    path("reviews/<int:review_id>/exports/", exports.exports, name="exports"),
    path(
        "reviews/<int:review_id>/exports/everything.xlsx", exports.export_xlsx, name="export-xlsx"
    ),
    path(
        "reviews/<int:review_id>/exports/references/",
        exports.export_references,
        name="export-references",
    ),
    path("reviews/<int:review_id>/exports/<int:pk>/", exports.export_job, name="export-job"),
    path(
        "reviews/<int:review_id>/exports/<int:pk>/cancel/",
        exports.export_cancel,
        name="export-cancel",
    ),
    path(
        "reviews/<int:review_id>/exports/<int:pk>/file.xlsx",
        exports.export_file,
        name="export-file",
    ),
    path("reviews/<int:review_id>/analysis/patients/", include(patient_urls.urlpatterns)),
    path("reviews/<int:review_id>/analysis/models/", include(model_urls.urlpatterns)),
    path("reviews/<int:review_id>/ledger/", ledger.ledger, name="ledger"),
    path("reviews/<int:review_id>/analysis/", bench.analysis, name="analysis"),
    path("reviews/<int:review_id>/analysis/plans/new/", bench.new_plan, name="plan-create"),
    path("reviews/<int:review_id>/analysis/plans/<int:pk>/", bench.plan, name="plan"),
    path(
        "reviews/<int:review_id>/analysis/plans/<int:pk>/try/", variants.plan_try, name="plan-try"
    ),
    path(
        "reviews/<int:review_id>/analysis/plans/<int:pk>/look/", looks.plan_look, name="plan-look"
    ),
    path("reviews/<int:review_id>/analysis/plans/<int:pk>/run/", bench.run_plan, name="plan-run"),
    path(
        "reviews/<int:review_id>/analysis/plans/<int:pk>/retire/",
        bench.retire_plan,
        name="plan-retire",
    ),
    path(
        "reviews/<int:review_id>/analysis/plans/<int:pk>/amend/",
        prespecification.amend_plan,
        name="plan-amend",
    ),
    path(
        "reviews/<int:review_id>/analysis/freeze/",
        prespecification.freeze_plans,
        name="plans-freeze",
    ),
    path(
        "reviews/<int:review_id>/analysis/frozen/<int:pk>/",
        prespecification.freezing,
        name="freezing",
    ),
    path("reviews/<int:review_id>/analysis/runs/<int:pk>/", bench.run, name="run"),
    path(
        "reviews/<int:review_id>/analysis/runs/<int:pk>/choices/", include(choice_urls.urlpatterns)
    ),
    path(
        "reviews/<int:review_id>/analysis/runs/<int:pk>/script.<str:kind>",
        figures.run_script,
        name="run-script",
    ),
    path(
        "reviews/<int:review_id>/analysis/runs/<int:pk>/robustness/",
        figures.run_robustness,
        name="run-robustness",
    ),
    path(
        "reviews/<int:review_id>/analysis/runs/<int:pk>/figures/<slug:name>.<slug:kind>",
        figures.run_figure,
        name="run-figure",
    ),
    path(
        "reviews/<int:review_id>/analysis/runs/<int:pk>/studies/<int:study>/",
        bench.run_study,
        name="run-study",
    ),
]
