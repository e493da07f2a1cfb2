"""AWS's JSON services without boto3: signed requests over kept connections, for the functions that must be fast."""
