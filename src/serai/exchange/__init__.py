"""Records in and out, checked before anything is written.

cells.py      a record as a row of cells and back
csv.py        one table as CSV
folder.py     the tables of a study folder, checked against each other
limits.py     what is refused before it is opened
"""
