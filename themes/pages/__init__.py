"""The pages on which people work on themes: one module per activity, all in the console's shell.

They ask `themes.selectors`, `themes.localisation_selectors` and `themes.services.showing` what the person may see, act
through `themes.services`, and put documents into words with `themes.pages.wording`.
"""
