"""URLs of step 6, below ``reviews/<id>/appraisal/``."""

from django.urls import path

from .views import appraisal_consensus as consensus
from .views import appraisals, assessments, instruments

urlpatterns = [
    path("", assessments.assessment_list, name="assessments"),
    path("tools/", instruments.instrument_list, name="instruments"),
    path("tools/choose/", instruments.choose, name="instrument-choose"),
    path("tools/<int:pk>/", instruments.instrument, name="instrument"),
    path("tools/<int:pk>/choices/", instruments.choices, name="instrument-params"),
    path("tools/<int:pk>/guidance/", instruments.guidance, name="instrument-guidance"),
    path("tools/<int:pk>/plan/", instruments.plan, name="instrument-plan"),
    path("tools/<int:pk>/summary/", instruments.summary, name="instrument-summary"),
    path("<int:pk>/", assessments.assessment, name="assessment"),
    path("<int:pk>/reopen/", assessments.reopen, name="assessment-reopen"),
    path("<int:pk>/remove/", assessments.unplan, name="assessment-unplan"),
    path("<int:pk>/begin/", appraisals.begin, name="appraisal-begin"),
    path("<int:pk>/compare/", consensus.compare, name="appraisal-compare"),
    path("<int:pk>/concede/", consensus.concede, name="appraisal-concede"),
    path("<int:pk>/add/", consensus.add, name="appraisal-add"),
    path("<int:pk>/escalate/", consensus.escalate, name="appraisal-escalate"),
    path("<int:pk>/settle/", consensus.settle, name="appraisal-settle"),
    path("<int:pk>/rule/", consensus.rule, name="appraisal-rule"),
    path("mine/<int:pk>/", appraisals.appraisal, name="appraisal"),
    path("mine/<int:pk>/answer/", appraisals.answer, name="appraisal-answer"),
    path("mine/<int:pk>/copy/", appraisals.copy, name="appraisal-copy"),
    path("mine/<int:pk>/submit/", appraisals.submit, name="appraisal-submit"),
    path("mine/<int:pk>/take-back/", appraisals.take_back, name="appraisal-take-back"),
    path("mine/<int:pk>/give-back/", appraisals.give_back, name="appraisal-give-back"),
]
