"""What licensees have to know before they can ask for keys: which units their license opens."""
