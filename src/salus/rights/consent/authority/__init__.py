"""Who controls a record: its controller, guardians who recover it, delegates who act for it."""
