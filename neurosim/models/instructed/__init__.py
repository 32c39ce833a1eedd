"""Networks that are told in words, or by rules, which psychophysical task to do."""
