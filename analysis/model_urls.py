"""URLs of the models of individual patients, inside a review's analysis."""

from django.urls import path

from .views import models, prespecification

urlpatterns = [
    path("", models.patient_plans, name="patient-plans"),
    path("new/", models.new_patient_plan, name="patient-plan-new"),
    path("<int:pk>/", models.patient_plan, name="patient-plan"),
    path("<int:pk>/amend/", prespecification.amend_patient_plan, name="patient-plan-amend"),
    path("<int:pk>/run/", models.run_patient_plan, name="patient-plan-run"),
    path("<int:pk>/cancel/", models.cancel_patient_run, name="patient-plan-cancel"),
    path("runs/<int:pk>/", models.patient_run, name="patient-run"),
    path("runs/<int:pk>/checks/", models.patient_run_checks, name="patient-run-checks"),
    path("runs/<int:pk>/script/<str:kind>", models.patient_run_script, name="patient-run-script"),
    path(
        "runs/<int:pk>/<slug:name>.<slug:kind>",
        models.patient_run_figure,
        name="patient-run-figure",
    ),
]
