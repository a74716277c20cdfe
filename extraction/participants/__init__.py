"""Individual patients: tables of participants, one row each, from a paper or from a data set.

Pure parts: ``files`` (bytes to a table of texts), ``mapping`` (texts to values of fields),
``rows`` (two tables against each other), ``scrutiny`` and ``published`` (what is odd in them).
Doors: ``entering`` (one person's table) and ``settling`` (the rows that stand).
"""
