"""The only git: repositories read and written by plumbing, without hooks, filters, checkout or network.

In: a repository, and names of commits and files in it. Out: objects, trees of files, commits. What the files mean,
later floors know.

Doors: `commit`, `history`, `index`, `objects`, `own_repository`, `plumbing`, `signatures`, `signed_commits`, `trees`,
`truncate`.
"""
