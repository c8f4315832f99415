"""What homes send back: opened, held against the same rules that painted the yellow places, shown, and written.

In: an inbox. Out: commits in the teachers' repository, and kept originals in the office's. A person says yes to each.
"""
