"""The first gate: what a person agreed to, kept so that it can not be forged, widened or revived; mints the grants."""
