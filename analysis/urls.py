"""URLs of this app."""

from django.urls import path

from .views import bench

urlpatterns = [
    path("reviews/<int:review_id>/analysis/", bench.analysis, name="analysis"),
    path("reviews/<int:review_id>/analysis/plans/new/", bench.new_plan, name="plan-create"),
    path("reviews/<int:review_id>/analysis/plans/<int:pk>/", bench.plan, name="plan"),
    path("reviews/<int:review_id>/analysis/plans/<int:pk>/run/", bench.run_plan, name="plan-run"),
    path(
        "reviews/<int:review_id>/analysis/plans/<int:pk>/retire/",
        bench.retire_plan,
        name="plan-retire",
    ),
    path("reviews/<int:review_id>/analysis/runs/<int:pk>/", bench.run, name="run"),
    path(
        "reviews/<int:review_id>/analysis/runs/<int:pk>/forest.svg",
        bench.forest_svg,
        name="run-forest",
    ),
    path(
        "reviews/<int:review_id>/analysis/runs/<int:pk>/studies/<int:study>/",
        bench.run_study,
        name="run-study",
    ),
]
