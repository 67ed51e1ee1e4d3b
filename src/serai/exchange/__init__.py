"""Records in and out, checked before anything is written.

    cells.py            a record as a row of cells and back: the codec of CSV and workbooks
    csv.py              one table as CSV
    folder.py           the tables of a study folder, checked against each other
    xlsx.py             workbooks to fill in, and back
    workbook_safety.py  what is checked before a workbook is opened
    oc4ids.py           projects as OC4IDS 0.9.5 JSON
    iati.py             activities as IATI 2.03 XML, streamed
    iati_elements.py    its elements as fields and back
    iati_projects.py    projects as activities and back
    preview.py          what an import would add, change, refuse
    standards.py        where a user's download of the standards is
    limits.py           what is refused before it is opened

Workbooks and XML need `pip install 'serai[exchange]'`.
"""
