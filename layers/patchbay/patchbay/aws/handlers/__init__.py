"""The Lambda handlers: events of AWS in, answers out."""
