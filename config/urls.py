"""Every URL of the project. Each view carries a mark of ``review.access``."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("review.urls")),
    path("", include("extraction.urls")),
    path("", include("analysis.urls")),
]
