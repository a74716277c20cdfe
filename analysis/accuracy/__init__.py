"""Diagnostic accuracy: a test held against a reference standard in several studies."""
