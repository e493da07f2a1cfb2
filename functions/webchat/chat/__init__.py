"""The web chat: a messenger service of our own, which the bridge speaks to as it does to any other.

Visitors' browsers and the bridge call it over HTTP (`app`). Signed webhooks report to the bridge what visitors do.
Transcripts, uploads and limits are behind `ports`; `aws/` answers them with AWS, and the playground with memory.
"""
