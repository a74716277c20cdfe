"""URLs of the models of individual patients, inside a review's analysis."""

from django.urls import path

from .views import models, prespecification

urlpatterns = [
    path("", models.patient_plans, name="patient-plans"),
    path("new/", models.new_patient_plan, name="patient-plan-new"),
    path("<int:pk>/", models.patient_plan, name="patient-plan"),
    path("<int:pk>/amend/", prespecification.amend_patient_plan, name="patient-plan-amend"),
    path("<int:pk>/run/", models.run_patient_plan, name="patient-plan-run"),
    path("runs/<int:pk>/", models.patient_run, name="patient-run"),
    path("runs/<int:pk>/means.<slug:kind>", models.patient_run_figure, name="patient-run-figure"),
]
