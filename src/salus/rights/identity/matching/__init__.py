"""Whether two records are about the same person: scores, links, and taking links back."""
