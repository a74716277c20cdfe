"""Step 0: a lead creates a review, writes its protocol and asks people in."""

import pytest
from django.core import mail
from django.urls import reverse

from review import ledger, setup
from review.models import IllegalMove, Membership, Review, User

from .factories import join, make_batch, make_review, make_user

pytestmark = pytest.mark.django_db

PROTOCOL = {
    "title": "Motor cortex stimulation",
    "title_abstract_votes": 2,
    "full_text_votes": 2,
    "extraction_entries": 2,
    "appraisal_entries": 1,
    "reveal": "settled",
}


@pytest.fixture
def review():
    return make_review()


def test_a_signed_in_person_creates_a_review_and_leads_it(client):
    user = make_user()
    client.force_login(user)
    answer = client.post(reverse("review-create"), PROTOCOL)
    review = Review.objects.get()
    assert answer.url == reverse("rules", args=[review.pk])
    assert review.appraisal_entries == 1
    assert review.memberships.get().role == "owner"
    assert review.events.get().action == "review.create"


def test_three_reviewers_per_record_are_refused_and_nothing_is_made(client):
    client.force_login(make_user())
    answer = client.post(reverse("review-create"), PROTOCOL | {"full_text_votes": 3})
    assert answer.status_code == 422
    assert "Choose 1 or 2 reviewers" in answer.content.decode()
    assert not Review.objects.exists()


def test_amending_keeps_old_and_new_in_the_ledger(review):
    lead = review.created_by
    setup.amend_protocol(review=review, actor=lead, changes={"title": "New", "languages": ""})
    event = review.events.get()
    assert event.data == {"before": {"title": "A review"}, "after": {"title": "New"}}
    setup.amend_protocol(review=review, actor=lead, changes={"title": "New"})
    assert review.events.count() == 1


def test_reasons_that_votes_may_name_are_retired_not_deleted(review):
    lead = review.created_by
    for texts in (["Wrong population", "Not in English"], ["Not in English", "No data"]):
        setup.set_reasons(review=review, actor=lead, stage="full_text", texts=texts)
    live = review.exclusion_reasons.filter(retired=False)
    assert [reason.text for reason in live] == ["Not in English", "No data"]
    assert review.exclusion_reasons.get(retired=True).text == "Wrong population"


def test_the_rules_page_refuses_a_line_twice(client, review):
    client.force_login(review.created_by)
    url = reverse("rules", args=[review.pk])
    answer = client.post(url, {"full_text": "No data\nNo data"})
    assert answer.status_code == 422
    assert "stands here twice" in answer.content.decode()
    assert not review.exclusion_reasons.exists()


def test_a_search_with_files_cannot_be_removed(review):
    batch = make_batch(review)
    with pytest.raises(IllegalMove, match="stays"):
        setup.remove_search(search=batch.search, actor=review.created_by)


class TestInvitations:
    def invite(self, client, review, email="new@example.org", role="reviewer"):
        client.force_login(review.created_by)
        url = reverse("member-invite", args=[review.pk])
        return client.post(url, {"email": email, "role": role})

    def link(self):
        return mail.outbox[-1].body.split("testserver")[1].split()[0]

    def test_a_newcomer_gets_a_login_and_the_role(self, client, review):
        self.invite(client, review)
        client.logout()
        form = {"full_name": "Ann Smith", "username": "ann", "password": "a long enough one"}
        answer = client.post(self.link(), form)
        ann = User.objects.get(username="ann")
        assert answer.url == reverse("review-home", args=[review.pk])
        assert ann.get_full_name() == "Ann Smith"
        assert review.memberships.get(user=ann).role == "reviewer"
        assert ledger.verify(review) == []

    def test_a_link_counts_once(self, client, review):
        self.invite(client, review)
        link = self.link()
        client.force_login(make_user())
        assert client.post(link).status_code == 302
        client.force_login(make_user())
        assert client.post(link).status_code == 410
        assert review.memberships.count() == 2

    def test_a_weak_password_is_refused_and_nothing_is_made(self, client, review):
        self.invite(client, review)
        client.logout()
        form = {"full_name": "Ann", "username": "ann", "password": "12345"}
        assert client.post(self.link(), form).status_code == 422
        assert not User.objects.filter(username="ann").exists()

    def test_the_same_offer_twice_is_refused_in_words(self, client, review):
        self.invite(client, review)
        answer = self.invite(client, review)
        assert answer.status_code == 409
        assert "has been invited as reviewer already" in answer.content.decode()
        assert review.invitations.count() == 1

    def test_a_duplicate_member_is_refused_in_words(self, client, review):
        member = join(review, make_user(), "reviewer")
        answer = self.invite(client, review, email=member.email)
        assert answer.status_code == 409
        assert "is reviewer of this review already" in answer.content.decode()

    def test_a_person_with_a_login_does_not_make_a_second_one(self, client, review):
        known = make_user()
        self.invite(client, review, email=known.email.upper())
        client.logout()
        form = {"full_name": "Ann Smith", "username": "ann", "password": "a long enough one"}
        answer = client.post(self.link(), form)
        assert answer.status_code == 409
        assert "Sign in with it" in answer.content.decode()
        assert not User.objects.filter(username="ann").exists()

    def test_a_mail_server_that_fails_leaves_the_link_on_the_page(self, client, review, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_PORT = 1
        answer = self.invite(client, review)
        assert answer.status_code == 200
        assert "could not be sent" in answer.content.decode()
        assert "/invitations/" in answer.context["link"]

    def test_a_line_break_in_a_title_does_not_stop_the_mail(self, client, review):
        setup.amend_protocol(
            review=review, actor=review.created_by, changes={"title": "One\nBcc: a@b.c"}
        )
        assert self.invite(client, review).status_code == 200
        assert "One Bcc: a@b.c" in mail.outbox[-1].subject

    def test_a_withdrawn_link_is_worthless(self, client, review):
        self.invite(client, review)
        link = self.link()
        invitation = review.invitations.get()
        client.post(reverse("invitation-withdraw", args=[review.pk, invitation.pk]))
        gone = client.get(link)
        assert gone.status_code == 410
        assert "This invitation was withdrawn" in gone.content.decode()
        assert str(review.created_by) in gone.content.decode()

    def test_an_expired_link_a_used_one_and_one_that_never_was(self, client, review):
        self.invite(client, review)
        link = self.link()
        review.invitations.update(expires_at="2020-01-01T00:00Z")
        assert "has expired" in client.get(link).content.decode()
        review.invitations.update(accepted_at="2020-01-01T00:00Z")
        client.logout()
        used = client.get(link)
        assert (used.status_code, "A link counts once" in used.content.decode()) == (410, True)
        assert reverse("account_login") in used.content.decode()
        assert client.get(reverse("invitation", args=["never"])).status_code == 404

    def test_a_member_is_led_to_the_review(self, client, review):
        self.invite(client, review)
        client.post(self.link())
        again = client.get(self.link()).content.decode()
        assert "You are a member of" in again
        assert reverse("review-home", args=[review.pk]) in again

    def test_without_a_mail_server_the_link_must_be_handed_over(self, client, review, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
        page = self.invite(client, review).content.decode()
        assert "hand it over yourself" in page
        assert "went out by e-mail" not in page

    def test_the_secret_is_not_stored(self, client, review):
        self.invite(client, review)
        token = self.link().strip("/").split("/")[-1]
        assert token not in str(review.invitations.values()) + str(review.events.values())


def test_the_last_lead_stays(review):
    with pytest.raises(IllegalMove, match="needs a lead"):
        setup.remove_member(membership=review.memberships.get(), actor=review.created_by)
    join(review, make_user(), "owner")
    setup.remove_member(membership=review.memberships.first(), actor=review.created_by)
    assert review.memberships.count() == 1


def test_a_lead_who_steps_down_and_stays_as_reviewer_lands_on_a_page_of_theirs(client, review):
    lead = join(review, review.created_by, "reviewer")
    join(review, make_user(), "owner")
    client.force_login(lead)
    own = review.memberships.get(user=lead, role="owner")
    answer = client.post(reverse("member-remove", args=[review.pk, own.pk]), follow=True)
    assert answer.status_code == 200
    assert "no longer Lead" in answer.content.decode()


@pytest.mark.parametrize("role", [role for role in Membership.Role if role != "owner"])
def test_only_a_lead_manages(client, review, role):
    client.force_login(join(review, make_user(), role))
    for name in ("protocol-amend", "rules", "highlights", "search-add", "members"):
        assert client.get(reverse(name, args=[review.pk])).status_code == 403
    assert client.get(reverse("protocol", args=[review.pk])).status_code == 200
