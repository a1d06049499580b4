"""Accounts of the portal: who may sign in, as whom, and the wallet that a password opens."""
