"""Change of school: a pupil's archive as a package that others read without this program, and another's taken in.

In: an archive, or a package from outside. Out: a package, or terms added to an archive. What comes from outside is
inspected before anything of it is believed.

Doors: `export`, `intake`.
"""
