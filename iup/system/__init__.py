"""The machine the program runs on: the clock, other programs, private files, scratch space and a local server.

In: paths, arguments, bytes. Out: bytes, times, exit codes. It knows nothing of schools. Each thing of the machine has
one module here, so that a test can hold the rest of the program to it.

Doors: `clock`, `files`, `local_server`, `programs`, `scratch`, `start`.
"""
