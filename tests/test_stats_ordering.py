"""The order of labels: it decides the reference level and how studies are listed."""

from analysis.stats.formula import model_matrix
from analysis.stats.mixed import fit_mixed
from analysis.stats.ordering import coded, in_order


def test_texts_stand_as_r_sorts_them():
    texts = ["b", "A", "a", "B", "Z", "_x", "x y", "x-y", "10", "9", "é", "f", "e", "x", "E"]
    # R 4.2.2 with ICU: sort()
    wanted = ["_x", "10", "9", "a", "A", "b", "B", "e", "E", "é", "f", "x", "x y", "x-y", "Z"]
    assert in_order(texts) == wanted


def test_numbers_stand_by_size_and_as_texts_among_texts():
    assert in_order([10, 9, 2.5]) == [2.5, 9, 10]
    names, codes = coded([10, "9", 10])
    assert names == ["10", "9"] and codes.tolist() == [0, 1, 0]


def test_a_capital_letter_does_not_make_a_level_the_reference():
    matrix = model_matrix("~ kind", {"kind": ["cohort", "Trial", "cohort"]})
    assert matrix.names == ("intrcpt", "kindTrial")


def test_studies_that_are_numbered_are_listed_by_number():
    y = [3.1, 4.2, 2.0, 5.5, 4.1, 6.3]
    fit = fit_mixed("y ~ 1", {"study": [10, 10, 9, 9, 2, 2], "y": y})
    assert fit.studies == ("2", "9", "10")
