"""From spikes to estimates: bins, tuning, Bayes, bursts, trajectories, shuffles, turns."""
