"""People, what they may be in a review, and how they are asked in."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """A person with a login. ``keys`` holds the shortcuts this person has changed."""

    keys = models.JSONField(default=dict, blank=True)

    def __str__(self):
        return self.get_full_name() or self.username

    @property
    def initials(self):
        """Up to two letters for the account button."""
        words = str(self).split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class Membership(models.Model):
    """One role of one person in one review; a person may hold several."""

    class Role(models.TextChoices):
        OWNER = "owner", "Lead"
        REVIEWER = "reviewer", "Reviewer"
        ARBITER = "arbiter", "Arbiter"
        STATISTICIAN = "statistician", "Statistician"
        OBSERVER = "observer", "Observer"

    review = models.ForeignKey("review.Review", models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "user", "role"], name="one_row_per_role"),
        ]

    def __str__(self):
        return f"{self.user}, {self.get_role_display()}"


class Invitation(models.Model):
    """An offer of a role to an e-mail address; only the hash of its link is kept."""

    review = models.ForeignKey("review.Review", models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=12, choices=Membership.Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"{self.email} as {self.get_role_display()}"
