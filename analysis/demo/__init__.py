"""The demo reviews, made through the same doors as the pages.

The model review is Henssen et al. 2020 (motor cortex stimulation): facts of its printed
tables lie in ``data/``. What the paper does not publish is generated, and says so. ``examples``
are small reviews with an analysis of every kind.
"""
