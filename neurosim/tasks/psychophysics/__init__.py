"""The 50 psychophysical tasks that a network is told to do in words."""
