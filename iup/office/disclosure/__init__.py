"""Disclosure of public documents: a request, what of it is public, what is masked on which ground, and the decision.

In: a request and the pupil's archive. Out: a signed decision and a copy that was searched after it was made. What is
masked is removed from the data, never covered.

Doors: `deciders`, `decision_check`, `decision_file`, `mask`, `maskable_places`, `masked_pdf`, `proposals`,
`public_copy`, `referral`, `register`, `release`, `response`, `review`.
"""
