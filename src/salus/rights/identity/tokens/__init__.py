"""Bearer tokens, by which programs of a person use the verbs of the portal."""
