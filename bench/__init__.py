"""What Patchbay costs in time, calls and money, beside floors that do the same work directly."""
