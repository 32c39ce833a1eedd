"""Networks of rate and spiking units: the ring attractor for heading."""
