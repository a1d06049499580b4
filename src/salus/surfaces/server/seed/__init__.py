"""A consortium of made-up people, for the portal to be seen with and tested on."""
