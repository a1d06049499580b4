"""What of a record may be licensed at all, by the word of its patient."""
