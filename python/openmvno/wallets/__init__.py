"""Buckets and wallets: what pays for usage beside the balance, live, and how it is filled."""
