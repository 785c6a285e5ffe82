"""Sealed segments on this machine: append, list, read with the vault's key, delete for good. Sends nothing."""
