"""URLs of what a run depends on; they follow ``analysis/runs/<id>/choices/``."""

from django.urls import path

from .views import assumptions, choices

urlpatterns = [
    path("", choices.run_choices, name="run-choices"),
    path("curve.<slug:kind>", choices.run_choices_file, name="run-choices-file"),
    path("participants/", assumptions.run_participants, name="run-participants"),
    path("sds/", assumptions.run_sds, name="run-sds"),
    path("missing-<slug:name>.<slug:kind>", assumptions.run_assumed_file, name="run-assumed-file"),
]
