"""Reading and searching text: how a text is laid out, and how what must not stand in it is found.

In: texts and bytes. Out: paragraphs, patterns, and what was met. `identifiers` has the numbers and addresses of people,
`withheld` the search of a finished file. Knows no file, no pupil and no rule; what counts as a hit, the caller decides.

Doors: `identifiers`, `prose`, `withheld`.
"""
