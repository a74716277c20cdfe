"""Appraisal tools as data, and one engine that runs any of them."""
