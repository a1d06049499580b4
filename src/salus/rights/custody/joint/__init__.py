"""Reads that several people must sign, gathered at one portal."""
