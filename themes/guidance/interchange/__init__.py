"""Guidance for the rule engines of others: one program, written as JDM for zen and as DMN 1.5.

Promises: on answers that fit the questions, an engine says what our own evaluator says (interchange/tests)."""
