"""A study as a folder of pages that opens by double click: trials, groups, methods.

Browsers refuse to read files beside a page that lies on a disk, but do run scripts from there: so
the data are scripts, each of which hands a piece to the page. Signals and relevance are rounded to
8 bits; whatever is written as a number is exact.
"""
