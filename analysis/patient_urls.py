"""URLs of the tables of patients, inside a review's analysis."""

from django.urls import path

from .views import patients

urlpatterns = [
    path("", patients.tabulations, name="tabulations"),
    path("new/", patients.new_tabulation, name="tabulation-new"),
    path("<int:pk>/", patients.tabulation, name="tabulation"),
    path("<int:pk>/change/", patients.change_tabulation, name="tabulation-change"),
    path("<int:pk>/retire/", patients.retire_tabulation, name="tabulation-retire"),
]
