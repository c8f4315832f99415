"""What was sent, kept: one ref a pupil in the office's repository, and the signed ledger that tells of every change.

In: what is sent, received or made final. Out: kept terms, shown as they were sent, and the proof that they are whole.
Who may open them today is `policy`'s to say.
"""
