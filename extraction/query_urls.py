"""URLs of the questions to authors."""

from django.urls import path

from .views import queries

urlpatterns = [
    path("", queries.query_list, name="queries"),
    path("ask/<int:pk>/", queries.ask, name="query-ask"),
    path("<int:pk>/", queries.query, name="query"),
    path("<int:pk>/answer/", queries.answer, name="query-answer"),
    path("<int:pk>/remind/", queries.remind, name="query-remind"),
    path("<int:pk>/close/", queries.close, name="query-close"),
    path("<int:pk>/reopen/", queries.reopen, name="query-reopen"),
    path("<int:pk>/fill/", queries.fill, name="query-fill"),
    path("<int:pk>/letter/", queries.letter, name="query-letter"),
]
