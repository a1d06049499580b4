"""Why somebody may read, or may not."""
