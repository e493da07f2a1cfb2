"""The outside world on one machine: a local AWS, a simulator of each service, the page."""
