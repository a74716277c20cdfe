"""URLs of screening, conflicts, full text and references."""

from django.urls import path

from .views import conflicts, fulltext, references, screening

REVIEW = "reviews/<int:review_id>/"

urlpatterns = [
    path(REVIEW + "screening/", screening.screen, name="screening"),
    path(REVIEW + "screening/cards/", screening.cards, name="screening-cards"),
    path(REVIEW + "screening/<int:pk>/vote/", screening.vote, name="screening-vote"),
    path(REVIEW + "screening/<int:pk>/change/", screening.change_vote, name="screening-change"),
    path(
        REVIEW + "screening/<int:pk>/withdraw/", screening.withdraw_vote, name="screening-withdraw"
    ),
    path(REVIEW + "screening/<int:pk>/reopen/", screening.reopen, name="screening-reopen"),
    path(REVIEW + "conflicts/", conflicts.conflicts, name="conflicts"),
    path(REVIEW + "conflicts/<int:pk>/rule/", conflicts.rule, name="conflict-rule"),
    path(REVIEW + "fulltexts/", fulltext.fulltexts, name="fulltexts"),
    path(REVIEW + "fulltexts/next/", fulltext.assess, name="fulltext-next"),
    path(REVIEW + "fulltexts/<int:pk>/", fulltext.report, name="fulltext"),
    path(REVIEW + "fulltexts/<int:pk>/move/", fulltext.move, name="fulltext-move"),
    path(REVIEW + "fulltexts/<int:pk>/attach/", fulltext.attach, name="fulltext-attach"),
    path(REVIEW + "fulltexts/<int:pk>/vote/", fulltext.vote, name="fulltext-vote"),
    path(
        REVIEW + "fulltexts/versions/<int:pk>/withdraw/",
        fulltext.withdraw_file,
        name="fulltext-withdraw-file",
    ),
    path(REVIEW + "files/<int:pk>/", fulltext.file_content, name="file-content"),
    path(REVIEW + "files/<int:pk>/paper/", fulltext.paper, name="paper"),
    path(REVIEW + "references/", references.references, name="references"),
    path(REVIEW + "references/<int:pk>/", references.reference, name="reference"),
]
