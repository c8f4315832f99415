"""What is kept of one person, for that person: GDPR articles 13 to 15 and 30.

In: a person, the site and the office. Out: an extract without other people's data, and the notices. Changes nothing.

Doors: `extract`, `notices`.
"""
