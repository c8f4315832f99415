"""The page on which a request is reviewed in a browser on the office's machine: choices are made, kept and committed.

In: a request under review. Out: the decision's file, choice by choice. The page holds no model of its own.
"""
