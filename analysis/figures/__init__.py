"""Figures: a result in plain numbers -> an SVG string. Pure: neither Django nor the statistics.

Each figure module offers frozen inputs, a function that draws them and a ``table`` with the same
numbers for readers who cannot see the drawing. Colours are classes of ``static/css/figures.css``.
"""
