"""URLs of this app, all inside a review."""

from django.urls import include, path

from . import appraisal_urls, query_urls
from .views import consensus, entries, forms, roundtrip, snapshots, studies

form_urls = [
    path("", forms.form_list, name="extraction-forms"),
    path("new/", forms.create, name="extraction-form-new"),
    path("<int:pk>/next/", forms.new_version, name="extraction-form-next"),
    path("versions/<int:pk>/", forms.version, name="extraction-form-version"),
    path("versions/<int:pk>/manual/", forms.manual, name="extraction-form-manual"),
]
draft_urls = [
    path("", forms.draft, name="extraction-form-draft"),
    path("publish/", forms.publish, name="extraction-form-publish"),
    path("sections/add/", forms.add_section, name="section-add"),
    path("sections/<int:section>/", forms.section, name="section-rename"),
    path("sections/<int:section>/remove/", forms.remove_section, name="section-remove"),
    path("sections/<int:section>/add/", forms.add_field, name="field-add"),
    path("sections/<int:section>/move/", forms.move_section, name="section-move"),
    path("fields/<str:field>/", forms.change_field, name="field-change"),
    path("fields/<str:field>/remove/", forms.remove_field, name="field-remove"),
    path("fields/<str:field>/move/", forms.move_field, name="field-move"),
    path("checks/<str:rule>/add/", forms.add_check, name="check-add"),
    path("checks/<int:check>/remove/", forms.remove_check, name="check-remove"),
]
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
    path("forms/", include(form_urls)),
    path("forms/versions/<int:pk>/draft/", include(draft_urls)),
    path("studies/", include(study_urls)),
    path("entries/", include(entry_urls)),
    path("queries/", include(query_urls.urlpatterns)),
    path("consensus/", include(record_urls)),
    path("snapshots/", include(snapshot_urls)),
    path("appraisal/", include(appraisal_urls.urlpatterns)),
]
urlpatterns = [path("reviews/<int:review_id>/", include(in_review))]
