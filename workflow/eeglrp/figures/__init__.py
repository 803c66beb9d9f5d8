"""Figures: one module a figure, each reading stored tables only.

Every module has `TABLES`, the tables it reads as paths below a study's folder (a name in braces
stands for every value the study has), and `draw(tables, pdf, png, tsv)`.
"""
