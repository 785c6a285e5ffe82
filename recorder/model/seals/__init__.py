"""The stamps of the three gates. Each is importable by its own gate only (import-linter holds that), so a value that
carries one has passed there."""
