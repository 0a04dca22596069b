"""The REST API under /v1: who calls, problems, the document."""
