"""URLs of the forms of a review: reading them, and building a draft."""

from django.urls import include, path

from .views import form_steps, forms, versions

form_urls = [
    path("", forms.form_list, name="extraction-forms"),
    path("new/", forms.create, name="extraction-form-new"),
    path("<int:pk>/next/", forms.new_version, name="extraction-form-next"),
    path("<int:pk>/behind/", versions.behind, name="extraction-form-behind"),
    path("versions/<int:pk>/", forms.version, name="extraction-form-version"),
    path("versions/<int:pk>/form.<str:kind>", forms.export, name="extraction-form-file"),
    path("versions/<int:pk>/manual/", forms.manual, name="extraction-form-manual"),
]
draft_urls = [
    path("", forms.draft, name="extraction-form-draft"),
    path("publish/", versions.publish, name="extraction-form-publish"),
    path("sections/add/", form_steps.add_section, name="section-add"),
    path("sections/<int:section>/", form_steps.section, name="section-rename"),
    path("sections/<int:section>/remove/", form_steps.remove_section, name="section-remove"),
    path("sections/<int:section>/add/", form_steps.add_field, name="field-add"),
    path("sections/<int:section>/move/", form_steps.move_section, name="section-move"),
    path("fields/<str:field>/", form_steps.change_field, name="field-change"),
    path("fields/<str:field>/remove/", form_steps.remove_field, name="field-remove"),
    path("fields/<str:field>/move/", form_steps.move_field, name="field-move"),
    path("checks/<str:rule>/add/", form_steps.add_check, name="check-add"),
    path("checks/<int:check>/remove/", form_steps.remove_check, name="check-remove"),
    path("variables/<str:kind>/add/", form_steps.add_variable, name="variable-add"),
    path("variables/<str:variable>/", form_steps.change_variable, name="variable-change"),
    path("variables/<str:variable>/remove/", form_steps.remove_variable, name="variable-remove"),
]
urlpatterns = [
    path("forms/", include(form_urls)),
    path("forms/versions/<int:pk>/draft/", include(draft_urls)),
    path("entries/<int:pk>/earlier/", versions.entry_former, name="entry-former"),
    path("consensus/<int:pk>/earlier/", versions.record_former, name="record-former"),
]
