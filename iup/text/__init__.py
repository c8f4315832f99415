"""Reading and searching text: how a text is laid out, and how what must not stand in it is found.

In: texts and bytes. Out: paragraphs, patterns, and what was met. `names` has how somebody may be named, `one_name` when
the name of somebody who has no other counts, `identifiers` the numbers and addresses of people, `encodings` the bytes
that a text may stand as, `withheld` the search of a finished file, `letters` what the shipped fonts draw, `direction`
which way a text is read, `script` what a word is in any script, `digits` a number from outside, `invisible` the
characters that nobody sees, `broken` letters that were lost between two encodings. Knows no file, no pupil and no rule;
what counts as a hit, the caller decides.

Doors: `broken`, `digits`, `direction`, `encodings`, `identifiers`, `invisible`, `letters`, `names`, `one_name`,
`prose`, `script`, `withheld`.
"""
