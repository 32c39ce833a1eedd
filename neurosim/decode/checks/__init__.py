"""Checks that a person would make of a recording before believing what is decoded from it."""
