"""Several treatments compared directly and through one another: plan, run, pages, scripts."""
