"""What apps are given, as Mastodon's reference names it: functions from what queries found to JSON."""
