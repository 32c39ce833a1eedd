"""Cells and what they fire: place cells, head-direction cells, turn cells, offline events."""
