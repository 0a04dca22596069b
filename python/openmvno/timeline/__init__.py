"""Timeline: everything that happened to a line, account or customer, newest first."""
