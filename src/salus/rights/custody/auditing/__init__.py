"""What keepers and readers write into the audit, who is shown it, and how it is anchored."""
