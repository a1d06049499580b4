"""Resources for research: what a profile names comes out, and everything else stays."""
