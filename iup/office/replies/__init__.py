"""What homes send back: kept, opened, held against the rules that painted the yellow places, shown, and written.

In: an inbox. Out: commits in the teachers' repository, and kept originals in the office's. A person says yes to each
reply.

Doors: `inbox`, `receive`, `reply`, `store`, `unseal`, `verdict`, `waiting`.
"""
