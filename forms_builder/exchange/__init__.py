"""Item forms in and out, without Django: JSON Schema of every dialect in use, and sheets of one row per field.

Promise: nothing is dropped silently. Whatever of a schema a form cannot say is a `Loss` with its place in the file, the
keyword and what changes; and the losses are exact: the schema changed by them accepts what the form accepts, as the
tests show on generated records. Nothing is fetched, and a file that is too deep, too large or refers to itself is
refused with the place.

- `normal_form`: any dialect as one tree of 2020-12 without references (`combining` puts the parts of allOf together).
- `reading`, `values`, `conditions`: that tree as sections and fields; `losses`: what it lost.
- `writing`: a form as JSON Schema; codes with dots are nested objects, the column `_` is an element itself.
  `dependent_lists`: the rules of lists that depend on another field, known again in a schema that was edited.
- `sheets`, `spelling`: a form as rows of text and back, conditions as sentences.
"""
