"""Opening a record in an emergency, as the ledger has it: for all who decide on it or do it."""
