"""Two extractions side by side: which units belong together, and how two readings differ. Pure."""
