"""What only the office does: replies, disclosure, subject access, retention and change of school; a room for each.

Nothing lies here itself. The rooms work on the office's own repository, which teachers never clone, and commit what
comes in to the teachers' repository under the office's name.
"""
