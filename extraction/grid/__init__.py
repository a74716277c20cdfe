"""The sheet of an entry worked on like a grid: blocks pasted into it."""
