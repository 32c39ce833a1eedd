"""Agents that learn from reward and from replay, without torch."""
