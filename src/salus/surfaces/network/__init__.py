"""Folders and processes of the engine: CometBFT, a bridge and an execution client for each."""
