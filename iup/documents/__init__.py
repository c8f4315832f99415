"""Views to documents: HTML and PDF, their words and looks, and the search of a finished one for what it may not hold.

In: a view and the templates. Out: bytes that depend on the view alone. Knows no pupil's record, policy or recipient.

Doors: `assets`, `html`, `leak_check`, `pdf`, `pdf_text`, `wording`.
"""
