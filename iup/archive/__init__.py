"""What was sent, kept: one ref a pupil in the office's repository, and the signed ledger of every change.

In: what is sent, received or made final. Out: kept terms, shown as they were sent, and the proof that they are whole.
Who may open them today, `policy` decides.

Doors: `correct`, `earlier_terms`, `finalise`, `keep`, `ledger`, `projection`, `reader`, `show`, `signing_key`,
`term_folders`, `verify`.
"""
