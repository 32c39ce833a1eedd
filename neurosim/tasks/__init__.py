"""What models learn: chains of places, and how a generated chain compares with the true one."""
