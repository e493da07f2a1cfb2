"""The ports in memory. They pass the same contract tests as the AWS ones (tests/ports)."""
