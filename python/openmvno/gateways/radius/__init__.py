"""The RADIUS door: authentication, accounting, dynamic authorisation over UDP."""
