"""URLs of this app."""

from django.urls import path

from .views import members, setup

urlpatterns = [
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
    path("invitations/<str:token>/", members.invitation, name="invitation"),
]
