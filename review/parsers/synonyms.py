"""What tools call the columns of their exports.

Covers Covidence, Rayyan, Zotero, EndNote, RefWorks, Scopus, Web of Science, PubMed, Embase, EBSCO,
ProQuest, Dimensions, Lens, OpenAlex, ASReview, abstrackr, EPPI-Reviewer, ClinicalTrials.gov, and
the two-letter tags of RIS and MEDLINE.
"""

# Headings in lower case without anything but letters and digits; the better source first.
SYNONYMS = {
    "title": "title articletitle primarytitle titleprimary documenttitle papertitle recordtitle "
    "studytitle displayname ti t1 officialtitle brieftitle publictitle scientifictitle "
    "originaltitle translatedtitle shorttitle st",
    "abstract": "abstract abstracts abstractnote abstracttext ab n2 summary briefsummary "
    "description originalabstract",
    "authors": "authors author authornames authorss authorlist authorsprimary primaryauthors au "
    "a1 authorshipsauthordisplayname authorfullnames firstauthors creators creator firstauthor",
    "editors": "editors editor authorssecondary secondaryauthors ed a2",
    "year": "year publicationyear publishedyear pubyear yearpublished py y1 dateofpublication "
    "publicationdate datepublished pubdate date coverdate da dp issued published startdate",
    "journal": "journal journaltitle journalname sourcetitle publicationname publicationtitle "
    "periodicalfull journalbook primarylocationsourcedisplayname hostvenuedisplayname "
    "containertitle pubtitle jf jo t2 jt so venue publication secondarytitle titlesecondary "
    "journalabbreviation abbreviatedsourcetitle periodicalabbrev alternatename booktitle source",
    "volume": "volume vol vl vi bibliovolume",
    "issue": "issue issuenumber issueno number is ip biblioissue",
    "pages": "pages page pagination pagerange pagenumbers pp pg",
    "first_page": "startpage firstpage pagestart bibliofirstpage sp bp artno articlenumber",
    "last_page": "endpage lastpage pageend bibliolastpage ep",
    "doi": "doi do di digitalobjectidentifier articledoi doilink doiurl",
    "pmid": "pmid pubmedid pubmed pubmedpmid medlinepmid idspmid pm pubmedidentifier",
    "url": "url urls link links ur fulltextlink articleurl documenturl studyurl sourceurls "
    "externalurl plink weblink",
    "keywords": "keywords keyword authorkeywords indexkeywords keywordsplus kw de manualtags "
    "automatictags subjectterms subjects meshterms meshheadings descriptors conditions "
    "emtreemedicalindextermsmajorfocus emtreedrugindextermsmajorfocus",
    "language": "language languages articlelanguage languageoforiginaldocument lang la",
    "kind": "kind documenttype publicationtype itemtype referencetype typeofreference type doctype "
    "entrytype reftype dt ty pt",
    "hints": "extra accessionnumber notes note",
}
