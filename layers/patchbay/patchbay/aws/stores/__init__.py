"""Queues, tables, buckets and secrets: the ports of the bridge, answered by AWS."""
