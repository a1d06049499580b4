"""New certificates for the doors of members, announced before they are shown."""
