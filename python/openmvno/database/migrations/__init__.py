"""The schema's steps, see README.md here."""
