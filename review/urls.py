"""URLs of this app."""

from django.urls import path

from .screening_urls import urlpatterns as screening_urls
from .views import dedup, imports, jobs, members, setup

urlpatterns = [
    *screening_urls,
    path("reviews/new/", setup.create, name="review-create"),
    path("reviews/<int:review_id>/protocol/", setup.protocol, name="protocol"),
    path("reviews/<int:review_id>/protocol/amend/", setup.amend, name="protocol-amend"),
    path("reviews/<int:review_id>/protocol/rules/", setup.rules, name="rules"),
    path("reviews/<int:review_id>/protocol/highlights/", setup.highlights, name="highlights"),
    path("reviews/<int:review_id>/searches/add/", setup.add_search, name="search-add"),
    path("reviews/<int:review_id>/searches/<int:pk>/", setup.change_search, name="search-change"),
    path(
        "reviews/<int:review_id>/searches/<int:pk>/remove/",
        setup.remove_search,
        name="search-remove",
    ),
    path("reviews/<int:review_id>/members/", members.members, name="members"),
    path("reviews/<int:review_id>/members/invite/", members.invite, name="member-invite"),
    path(
        "reviews/<int:review_id>/members/<int:pk>/remove/",
        members.remove_member,
        name="member-remove",
    ),
    path(
        "reviews/<int:review_id>/invitations/<int:pk>/withdraw/",
        members.withdraw_invitation,
        name="invitation-withdraw",
    ),
    path("reviews/<int:review_id>/import/", imports.import_list, name="import-list"),
    path("reviews/<int:review_id>/import/upload/", imports.upload, name="import-upload"),
    path("reviews/<int:review_id>/import/<int:pk>/", imports.batch, name="batch"),
    path("reviews/<int:review_id>/import/<int:pk>/accept/", imports.accept, name="batch-accept"),
    path("reviews/<int:review_id>/import/<int:pk>/refuse/", imports.refuse, name="batch-refuse"),
    path(
        "reviews/<int:review_id>/import/<int:pk>/withdraw/",
        imports.withdraw,
        name="batch-withdraw",
    ),
    path("reviews/<int:review_id>/duplicates/", dedup.duplicates, name="duplicates"),
    path("reviews/<int:review_id>/duplicates/look/", dedup.look, name="duplicates-look"),
    path(
        "reviews/<int:review_id>/duplicates/merge-certain/",
        dedup.merge_certain,
        name="duplicates-merge-certain",
    ),
    path("reviews/<int:review_id>/duplicates/<int:pk>/merge/", dedup.merge, name="duplicate-merge"),
    path(
        "reviews/<int:review_id>/duplicates/<int:pk>/apart/",
        dedup.keep_apart,
        name="duplicate-apart",
    ),
    path("reviews/<int:review_id>/duplicates/<int:pk>/undo/", dedup.undo, name="duplicate-undo"),
    path("reviews/<int:review_id>/jobs/<int:pk>/", jobs.progress, name="job"),
    path("reviews/<int:review_id>/jobs/<int:pk>/cancel/", jobs.cancel, name="job-cancel"),
    path("invitations/<str:token>/", members.invitation, name="invitation"),
]
