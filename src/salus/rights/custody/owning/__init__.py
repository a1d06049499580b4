"""What owners of records and sections do with them."""
