"""A consortium whose parties have a home each."""
