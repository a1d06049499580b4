"""Organizations ask a patient for access, and the patient answers."""
