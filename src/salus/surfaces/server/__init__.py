"""The portal of a node: pages for people, and the same verbs as JSON."""
