"""The rules of a theme as a decision table that people edit in a spreadsheet, and a table as rules, every fault told.

Promises: what a table does not change comes back as it was; what no cell of a column can say stands spelled out in the
column 还须满足, never nowhere.
"""
