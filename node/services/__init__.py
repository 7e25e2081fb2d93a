"""What can be done: functions that take a transaction first, never commit, never touch the network."""
