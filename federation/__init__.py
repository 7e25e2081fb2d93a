"""The protocol: values, documents, signatures and the one client. Knows no table and no web framework."""
