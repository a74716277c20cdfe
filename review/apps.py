"""WHO decides, and WHICH studies."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
