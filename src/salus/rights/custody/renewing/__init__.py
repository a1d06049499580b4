"""All keys of a record changed, because one may be known to somebody."""
