"""Adapters: files in, one library or analysis call, files out."""
