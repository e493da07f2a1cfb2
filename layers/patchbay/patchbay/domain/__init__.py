"""What everything speaks of: messages, contacts, accounts, events and failures. It imports nothing of ours."""
