"""Reading and searching text: how a text is laid out, and how what must not stand in it is found.

In: texts and bytes. Out: paragraphs, and what was met. Knows no file, no pupil and no rule; what counts as a hit, the
caller decides.

Doors: `prose`, `withheld`.
"""
