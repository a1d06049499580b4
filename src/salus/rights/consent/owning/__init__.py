"""What a patient lets the owner of a record read."""
