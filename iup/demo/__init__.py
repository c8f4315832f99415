"""An invented municipality: people, plans, goals, keys and an archive, for trials. Nothing here is real.

In: a seed and a size. Out: a site and an office. The same seed gives the same municipality.

Doors: `people`, `site`.
"""
