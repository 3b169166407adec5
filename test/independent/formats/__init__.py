"""Keyrite's files, read from the published formats alone: nothing here imports the product."""
