"""The log of every decision on a record, chained so that no line of it can change unseen."""
