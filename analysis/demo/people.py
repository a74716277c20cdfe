"""The people of the demo and how they come into its reviews."""

from dataclasses import dataclass

from review import setup
from review.models import Membership, User

PASSWORD = "concord-demo"
Role = Membership.Role
LOGINS = {
    "lead": ("Ines Rautio", Role.OWNER),
    "reviewer1": ("Anna Berg", Role.REVIEWER),
    "reviewer2": ("Marco Silva", Role.REVIEWER),
    "arbiter": ("Tomas Novak", Role.ARBITER),
    "statistician": ("Yuki Mori", Role.STATISTICIAN),
    "observer": ("Ellen Price", Role.OBSERVER),
}


@dataclass(frozen=True, slots=True)
class Team:
    """The people of one review."""

    lead: User
    reviewer1: User
    reviewer2: User
    arbiter: User

    @property
    def reviewers(self):
        return self.reviewer1, self.reviewer2


def make_lead():
    """The first login, which no invitation can make."""
    first, last = LOGINS["lead"][0].split()
    return User.objects.create_user(
        "lead", "lead@example.org", PASSWORD, first_name=first, last_name=last
    )


def gather(review, lead):
    """Invite the others into a review: by a new login the first time, by their own after."""
    people = {"lead": lead}
    for username, (name, role) in LOGINS.items():
        if username == "lead":
            continue
        email = f"{username}@example.org"
        token = setup.invite(review=review, actor=lead, email=email, role=role)
        known = User.objects.filter(username=username).first()
        if known:
            setup.accept(token=token, user=known)
        else:
            known = setup.accept_as_newcomer(
                token=token, username=username, full_name=name, password=PASSWORD
            )
        people[username] = known
    return Team(people["lead"], people["reviewer1"], people["reviewer2"], people["arbiter"])
