"""How wrong is an estimator? Events planted in bulk, decoded with fields estimated from wake."""
