"""How organizations that compete decide together who belongs to their consortium."""
