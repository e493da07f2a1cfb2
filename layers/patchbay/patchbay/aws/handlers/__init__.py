"""The Lambda handlers: events of AWS in, answers out."""

from __future__ import annotations

import gc
import os

# Hardly anything that a function makes while it loads is garbage, and to look for it takes a twentieth of a cold start.
# `prepare` has Python look for it again.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.set_threshold(200_000)
