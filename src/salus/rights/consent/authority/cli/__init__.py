"""Commands about the control of a record."""
