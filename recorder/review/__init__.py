"""A person looks at what was stored, searches it and decides: only what they approved, byte for byte, may leave."""
