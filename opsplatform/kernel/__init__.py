"""What every room may lean on and what leans on nothing: refusals, canonical and bounded JSON, typed documents,
the condition language, codes with check digits, the clock, abstract models. No tables live here."""
