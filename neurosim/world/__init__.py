"""Where the animal is and in which state: tracks, laps, behaviour, hypnogram."""
