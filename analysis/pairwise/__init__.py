"""Two groups compared, or one pooled: plan, run, pages, scripts, and what doubts the result."""
