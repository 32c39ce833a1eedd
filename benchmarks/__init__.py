"""neurosim and its peers side by side: the same work, in one run, each in its own environment."""
