"""Tell: results into a page that opens with the answer.

numbers.py        every number with its key, interval, basis and path
words.py          gettext and figures in the reader's language
measurements.py   what is read off the results
charts.py maps.py pictures
document.py       the parts of a brief
opening.py        the answer in five sentences
sections/         one module a section
paths.py          the nodes between numbers and sources
write.py          the page, brief.json, the tables: all or nothing
"""
