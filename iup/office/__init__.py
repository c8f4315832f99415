"""What only the office does: replies, disclosure, subject access, retention and change of school; a room for each.

No module lies here itself. The rooms work on the office's own repository, which teachers never clone. What changes the
teachers' files is one commit in their repository, in the name of the person at the office.
"""
