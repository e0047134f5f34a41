"""Proof of guidance over all answer classes (domain.md §2): every applicant ends somewhere sensible, and what is idle.

`proving.prove` is the door. Promises: plain Python; equal documents give equal reports, byte for byte, whatever the
machine; every finding with a counterexample replays in the evaluator; what could not be settled is told as not proved.

An answer class is a set of answers that no condition of the theme can tell apart: an option, a set of options, a
stretch of numbers or days between thresholds, the divisions that conditions treat alike, the days between two changes
of law. `classes` cuts them, `space` makes each a literal of a `circuit`, `flow` writes visibility, rules and outcome
over them, `solving` decides by SAT what a `survey` of samples has not shown already.
"""
