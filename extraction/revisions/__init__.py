"""From one version of a form to the next: what changes, what it touches, and moving the answers."""
