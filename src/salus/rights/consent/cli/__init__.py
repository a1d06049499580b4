"""The commands of grants, denials and rules."""
