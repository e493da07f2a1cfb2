"""The dead-letter queue as `patchbay dlq` needs it: reading, explaining, redriving and settling its messages."""
