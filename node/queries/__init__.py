"""The only SQL, reading and writing: rows for services, frozen views for doors."""
