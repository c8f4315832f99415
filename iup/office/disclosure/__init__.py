"""Disclosure of public documents: a request, what of it is public, what is masked and by which ground, the decision.

In: a request and the pupil's archive. Out: a signed decision and a copy that was searched after it was made. What is
masked is removed from the data, never covered.
"""
