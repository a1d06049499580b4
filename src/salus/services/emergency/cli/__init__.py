"""The commands of emergencies."""
