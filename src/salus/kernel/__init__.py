"""Pure code that everybody names: no files, no network, no SQL."""
