"""The application each partner runs."""
