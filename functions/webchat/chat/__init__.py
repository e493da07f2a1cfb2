"""The web chat: a messenger service of our own, which the bridge speaks to as it does to any other.

Visitors' browsers and the bridge call it over HTTP (`gate`); what visitors do, it tells the bridge in signed notes.
Transcripts, uploads and limits are behind `ports`; `infra/` answers them with AWS or with memory.
"""
