"""CSV, tab-separated and Excel: any tool's columns, any tool's mistakes."""

import datetime
import io
import json
import zipfile

import openpyxl
import pytest

from review.parsers import UnreadableFile, parse, xlsx


def table(text):
    return parse(text.encode(), "x.csv", "csv")


def titles(parsed):
    return [record.title for record in parsed.records]


def workbook(*sheets):
    book = openpyxl.Workbook(write_only=True)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


HEADINGS = {
    "Rayyan": "key,title,year,month,journal,volume,issue,pages,authors,url,abstract,doi,pubmed_id",
    "Zotero": "Key,Item Type,Publication Year,Author,Title,Publication Title,DOI,Abstract Note"
    ",Volume,Issue,Pages,Extra",
    "Scopus": "Authors,Title,Year,Source title,Volume,Issue,Page start,Page end,DOI,Abstract"
    ",PubMed ID",
    "PubMed": "PMID,Title,Authors,Citation,Journal/Book,Publication Year,DOI,Volume,Issue,Pages"
    ",Abstract",
    "EndNote": "Reference Type,Author,Year,Title,Journal,Volume,Issue,Pages,DOI,Abstract,PMID",
    "Web of Science": "Authors,Article Title,Source Title,Publication Year,Volume,Issue,Start Page"
    ",End Page,DOI,Abstract,Pubmed Id",
    "tags": "TI,AU,PY,JO,VL,IS,SP,EP,DO,AB,PMID",
}
CELLS = {
    "title": "A title", "articletitle": "A title", "ti": "A title",
    "author": "Smith, J.; Lee, K.", "authors": "Smith, J.; Lee, K.", "au": "Smith, J.; Lee, K.",
    "year": "2012", "publicationyear": "2012", "py": "2012",
    "journal": "J Pain", "publicationtitle": "J Pain", "sourcetitle": "J Pain",
    "journalbook": "J Pain", "jo": "J Pain",
    "volume": "3", "vl": "3", "issue": "4", "is": "4",
    "pages": "10-19", "pagestart": "10", "startpage": "10", "sp": "10",
    "pageend": "19", "endpage": "19", "ep": "19",
    "doi": "10.1/x", "do": "10.1/x", "abstract": "Text", "abstractnote": "Text", "ab": "Text",
    "pubmedid": "77", "pmid": "77", "extra": "Citation Key: s\nPMID: 77",
}  # fmt: skip


@pytest.mark.parametrize("tool", HEADINGS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_columns_of_each_tool_are_known(tool, delimiter):
    names = HEADINGS[tool].split(",")
    keys = ["".join(filter(str.isalnum, name.lower())) for name in names]
    row = [f'"{CELLS.get(key, "")}"' for key in keys]
    parsed = table(delimiter.join(names) + "\n" + delimiter.join(row) + "\n")
    [record] = parsed.records
    assert (record.title, record.authors) == ("A title", ("Smith, J.", "Lee, K."))
    assert (record.year, record.journal, record.abstract) == (2012, "J Pain", "Text")
    assert (record.volume, record.issue, record.pages) == ("3", "4", "10-19")
    assert (record.doi, record.pmid) == ("10.1/x", "77")


@pytest.mark.parametrize(
    "cell, names",
    [
        ("Gao X., Ni W., Zhu S.H.", ("Gao X.", "Ni W.", "Zhu S.H.")),
        ("Yang Z, Jiang B, van der Berg JA.", ("Yang Z", "Jiang B", "van der Berg JA.")),
        ("Smith, J., Jones, K. L.", ("Smith, J.", "Jones, K. L.")),
        ("Smith, John and Jones, Kate", ("Smith, John", "Jones, Kate")),
        ("['Marx, Karl', \"O'Neil, A\"]", ("Marx, Karl", "O'Neil, A")),
        ("Massimo Aria|Corrado Cuccurullo", ("Massimo Aria", "Corrado Cuccurullo")),
        ("Smith, J.\n and Jones, K.", ("Smith, J.", "Jones, K.")),
        ("Marx, Karl", ("Marx, Karl",)),
        ("Centers for Control and Prevention", ("Centers for Control and Prevention",)),
    ],
)
def test_the_names_in_one_cell_are_told_apart(cell, names):
    quoted = cell.replace('"', '""')
    assert table(f'title,authors\nA,"{quoted}"\n').records[0].authors == names


def test_column_names_below_a_banner():
    parsed = table("About: exported 1 May\n\nsep=,\nTitle,DOI,Year\nA,10.1/x,2001\n")
    assert [(record.line, record.title) for record in parsed.records] == [(5, "A")]


def test_a_table_of_one_column():
    parsed = table('Title\nPain, its causes\n"Pain, its ""cure"""\n')
    assert titles(parsed) == ["Pain, its causes", 'Pain, its "cure"']
    with pytest.raises(UnreadableFile):
        table("Search of 1 May\nTitle\nPain, its causes\n")


def test_without_column_names_nothing_is_guessed():
    with pytest.raises(UnreadableFile, match="column names"):
        table("A study of pain,Smith,2001\nAnother,Jones,2002\n")


def test_line_breaks_in_cells_keep_the_line_numbers_right():
    parsed = table('title,abstract\nA,"One\nTwo\n\nThree"\nB,x\n')
    assert [(r.line, r.title) for r in parsed.records] == [(2, "A"), (6, "B")]
    assert parsed.records[0].abstract == "One\nTwo\nThree"
    assert json.loads(parsed.records[0].raw) == {"title": "A", "abstract": "One\nTwo\n\nThree"}


def test_a_quote_that_never_closes_costs_one_row():
    rows = "".join(f"Title {n},2001\n" for n in range(200))
    parsed = table('title,year\nA,2001\n"B,2002\n' + rows)
    assert len(parsed.records) == 202
    assert titles(parsed)[:3] == ["A", "B,2002", "Title 0"]
    assert {problem.line for problem in parsed.problems} == {3}


def test_a_quote_that_closes_in_the_next_record_costs_one_row():
    parsed = table('title,abs,year\n"B,x,2002\n"C",y,2003\n')
    assert titles(parsed) == ["B,x,2002", "C"]


def test_bare_quotes_in_a_quoted_cell_over_several_lines():
    parsed = table('title,abstract,year\n"The "best" one","Line 1\nline 2",2001\nB,x,2002\n')
    assert [(r.title, r.year) for r in parsed.records] == [('The best" one"', 2001), ("B", 2002)]
    assert "do not match" in parsed.problems[0].message


def test_rows_too_short_or_too_long_are_told():
    parsed = table("title,abstract,year\nA\nB,x,2001,extra\nC,x,2001,,\n")
    assert titles(parsed) == ["A", "B", "C"]
    assert [problem.line for problem in parsed.problems] == [2, 3]
    assert json.loads(parsed.records[1].raw)["column 4"] == "extra"


def test_two_columns_of_one_name():
    parsed = table("title,title,year\n,B,2001\n")
    assert titles(parsed) == ["B"]
    assert "more than one column is named title" in parsed.problems[0].message
    assert json.loads(parsed.records[0].raw) == {
        "title": "",
        "title (column 2)": "B",
        "year": "2001",
    }


def test_a_row_without_anything_known_is_rejected_with_its_line():
    parsed = table("id,title,doi\n1,A,10.1/x\ncitations not yet labelled,,\n")
    assert (parsed.expected, parsed.rejected) == (2, 1)
    assert parsed.problems[0].line == 3


def test_formulas_stay_text():
    cells = ["=1+1", "@SUM(1)", "-5 degrees: survival", "+Plus"]
    parsed = table("title,year\n" + "".join(f'"{cell}",2001\n' for cell in cells))
    assert titles(parsed) == cells
    book = parse(workbook([["title"], *[[cell] for cell in cells]]), "x.xlsx")
    assert titles(book) == cells


def test_a_thousand_columns_are_no_list_of_references():
    with pytest.raises(UnreadableFile, match="more than 1000 columns"):
        table("title," + ",".join(f"c{n}" for n in range(1001)) + "\n")


def test_excel_cells_of_every_type():
    rows = [
        ["Exported for you"],
        [],
        ["Title", "Year", "Date", "DOI", "PMID", "Volume"],
        ["A", 2012.0, datetime.date(2011, 1, 1), "10.1/x", 123, 3],
        [],
        ["B", None, datetime.datetime(2011, 1, 1), None, "0", 1.5],
    ]
    parsed = parse(workbook(rows), "x.xlsx")
    first, second = parsed.records
    assert (first.line, first.year, first.pmid, first.volume) == (4, 2012, "123", "3")
    assert (second.line, second.year, second.pmid, second.volume) == (6, 2011, "", "1.5")
    assert json.loads(second.raw)["DOI"] == ""
    assert parsed.problems == ()


def test_the_sheet_with_column_names_is_read_and_the_others_named():
    notes, data, more = [["About this file"]], [["Title"], ["A"]], [["Title"], ["B"]]
    parsed = parse(workbook(notes, data, more), "x.xlsx")
    assert titles(parsed) == ["A"]
    assert "“Sheet 2”" in parsed.problems[0].message
    with pytest.raises(UnreadableFile, match="No sheet"):
        parse(workbook(notes), "x.xlsx")


def repacked(data, name, change):
    """The workbook with one part changed, as an attacker would."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content) if part == name else content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_a_workbook_that_lies_about_its_size_is_read_by_its_cells():
    data = repacked(
        workbook([["Title"], ["A"]]),
        SHEET,
        lambda xml: xml.replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>'),
    )
    assert titles(parse(data, "x.xlsx")) == ["A"]


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_UNPACKED", 5_000_000)
    data = repacked(workbook([["Title"], ["A"]]), SHEET, lambda xml: xml + b" " * 6_000_000)
    assert len(data) < 20_000
    with pytest.raises(UnreadableFile, match="unpacks to 6 MB"):
        parse(data, "x.xlsx")


ENTITIES = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
)


@pytest.mark.parametrize("doctype", ENTITIES)
def test_a_workbook_with_entities_is_refused(doctype):
    def poison(xml):
        return xml.replace(b"<worksheet", doctype + b"<worksheet", 1).replace(b">A<", b">&a;<")

    data = repacked(workbook([["Title"], ["A"]]), SHEET, poison)
    with pytest.raises(UnreadableFile, match="cannot be read"):
        parse(data, "x.xlsx")


def test_archives_are_not_workbooks():
    for name, word in (("a.ris", "zip archive"), ("word/document.xml", "Word document")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(name, "x")
        with pytest.raises(UnreadableFile, match=word):
            parse(out.getvalue(), "x.xlsx")


def test_a_damaged_workbook_is_refused():
    data = workbook([["Title"], ["A"]])
    for cut in range(0, len(data), 97):
        broken = data[:cut] + b"\x00\xff\x00" + data[cut + 3 :]
        try:
            parse(broken, "x.xlsx")
        except UnreadableFile as refusal:
            assert "x.xlsx" in str(refusal)
