"""URLs of individual patients, inside a review."""

from django.urls import path

from .views import participant_records as records
from .views import participants

urlpatterns = [
    path("", participants.overview, name="participants-overview"),
    path("begin/<int:pk>/<int:form>/", participants.begin, name="participant-begin"),
    path("tables/<int:pk>/", participants.table, name="participant-table"),
    path("tables/<int:pk>/source/", participants.describe, name="participant-describe"),
    path("tables/<int:pk>/file/", participants.keep_file, name="participant-file"),
    path("tables/<int:pk>/columns/", participants.map_columns, name="participant-mapping"),
    path("tables/<int:pk>/oddities/", participants.scrutinise, name="participant-scrutiny"),
    path("tables/<int:pk>/submit/", participants.submit, name="participant-submit"),
    path("tables/<int:pk>/withdraw/", participants.withdraw, name="participant-withdraw"),
    path("tables/<int:pk>/give-back/", participants.give_back, name="participant-give-back"),
    path("<int:pk>/", records.record, name="participants"),
    path("<int:pk>/oddities/", records.findings, name="participant-findings"),
    path("<int:pk>/approve/", records.approve, name="participant-approve"),
    path("<int:pk>/confirm/", records.confirm, name="participant-confirm"),
    path("<int:pk>/send-back/", records.send_back, name="participant-send-back"),
    path("<int:pk>/reopen/", records.reopen, name="participant-reopen"),
    path("differences/<int:pk>/opinion/", records.opinion, name="participant-opinion"),
    path("differences/<int:pk>/ruling/", records.rule, name="participant-rule"),
    path("printed/<int:pk>/<int:printed>/", records.printed_pairs, name="printed-pairs"),
]
