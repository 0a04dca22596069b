"""gRPC: the public charging service, and the client of our own engine process."""
