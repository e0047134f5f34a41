"""What a change of a theme means for citizens: who gains or loses what, over all answer classes, each with an example.

`differing.compare` is the door. Both versions stand over one answer space (`themes.guidance.proof`), so that the same
answers are given to both; a change that no applicant notices is none. Plain Python, equal input gives equal reports.
"""
