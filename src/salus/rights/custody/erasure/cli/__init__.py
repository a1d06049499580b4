"""Commands that erase, hold, and replace storage keys."""
