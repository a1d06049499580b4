"""The commands about loans."""
