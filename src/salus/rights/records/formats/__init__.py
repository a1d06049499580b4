"""A section in the form in which its reader works: lines of JSON, tables, or a VCF file."""
