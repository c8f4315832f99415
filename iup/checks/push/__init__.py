"""May a push come in: what is pushed to the teachers' repository is judged, commit by commit.

In: a bare repository, what is pushed, and who pushes. Out: every reason to refuse it. The school and its rules are read
as they stood before the push.

Doors: `install`, `pre_receive`, `rules`.
"""
