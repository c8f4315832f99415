"""May what is pushed come in: the judgement of a teachers' repository, commit by commit.

In: a bare repository, what is pushed, and who pushes. Out: what is wrong with it. The school and its rules are read as
they stood before the push.
"""
