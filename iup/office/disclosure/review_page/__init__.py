"""The page on which a request is reviewed in a browser on the office's machine: each choice is committed at once.

In: a request under review. Out: the decision's file, choice by choice. The page holds no model of its own.

Doors: `page`.
"""
