"""Between the server and the doors: limits, blocked hosts, who asks, and one translation of refusals into answers."""
