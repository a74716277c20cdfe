"""URLs of this app, all inside a review."""

from django.urls import include, path

from . import appraisal_urls, form_urls, participant_urls, query_urls
from .views import consensus, entries, reliability, roundtrip, snapshots, structure, studies

study_urls = [
    path("", studies.study_list, name="studies"),
    path("add/", studies.add_source, name="study-add-source"),
    path("adopt/", studies.adopt_all, name="study-adopt-all"),
    path("reports/<int:pk>/adopt/", studies.adopt, name="study-adopt"),
    path("reports/<int:pk>/separate/", studies.separate, name="study-separate"),
    path("<int:pk>/", studies.study, name="study"),
    path("<int:pk>/rename/", studies.rename, name="study-rename"),
    path("<int:pk>/forms/<int:form>/extract/", entries.begin, name="entry-begin"),
]
entry_urls = [
    path("<int:pk>/", entries.entry, name="entry"),
    path("<int:pk>/save/", entries.save, name="entry-save"),
    path("<int:pk>/block/", entries.block, name="entry-block"),
    path("<int:pk>/save-all/", entries.save_all, name="entry-save-all"),
    path("<int:pk>/cell/", entries.cell, name="entry-cell"),
    path("<int:pk>/confirm/", entries.confirm, name="entry-confirm"),
    path("<int:pk>/submit/", entries.submit, name="entry-submit"),
    path("<int:pk>/withdraw/", entries.withdraw, name="entry-withdraw"),
    path("<int:pk>/give-back/", entries.give_back, name="entry-give-back"),
    path("<int:pk>/template.xlsx", roundtrip.download, name="entry-template"),
    path("<int:pk>/upload/", roundtrip.upload, name="entry-upload"),
    path("<int:pk>/upload/accept/", roundtrip.accept, name="entry-upload-accept"),
    path("<int:pk>/units/add/", entries.add_unit, name="unit-add"),
    path("units/<int:pk>/", entries.unit, name="unit"),
    path("units/<int:pk>/remove/", entries.remove_unit, name="unit-remove"),
    path("units/<int:pk>/move/", entries.move_unit, name="unit-move"),
]
record_urls = [
    path("", consensus.consensus, name="consensus"),
    path("<int:pk>/", consensus.record, name="record"),
    path("agreement/", reliability.agreement, name="extraction-agreement"),
    path("agreement/table.csv", reliability.agreement_csv, name="extraction-agreement-csv"),
    path("rule/", structure.set_rule, name="consensus-rule"),
    path("<int:pk>/structure/", structure.structure, name="record-structure"),
    path("<int:pk>/accept/", structure.accept, name="record-accept"),
    path("<int:pk>/compare/", consensus.differences, name="record-compare"),
    path("<int:pk>/settle/", consensus.settle, name="record-settle"),
    path("<int:pk>/approve/", consensus.approve, name="record-approve"),
    path("<int:pk>/reopen/", consensus.reopen, name="record-reopen"),
    path("cells/<int:pk>/", consensus.cell, name="record-cell"),
    path("cells/<int:pk>/opinion/", consensus.opinion, name="record-opinion"),
    path("cells/<int:pk>/ruling/", consensus.rule, name="record-rule"),
]
snapshot_urls = [
    path("", snapshots.snapshot_list, name="snapshots"),
    path("freeze/", snapshots.freeze, name="snapshot-freeze"),
    path("<int:pk>/", snapshots.snapshot, name="snapshot"),
    path("<int:pk>/changes/", snapshots.compared, name="snapshot-changes"),
    path("<int:pk>/content.json", snapshots.download, name="snapshot-download"),
]
in_review = [
    *form_urls.urlpatterns,
    path("studies/", include(study_urls)),
    path("entries/", include(entry_urls)),
    path("queries/", include(query_urls.urlpatterns)),
    path("consensus/", include(record_urls)),
    path("participants/", include(participant_urls.urlpatterns)),
    path("snapshots/", include(snapshot_urls)),
    path("appraisal/", include(appraisal_urls.urlpatterns)),
]
urlpatterns = [path("reviews/<int:review_id>/", include(in_review))]
