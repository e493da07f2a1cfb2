"""The process of the local AWS: MiniStack, which ends when the one who started it is gone.

Run as a script by the Python of `.local/aws`, where no part of Patchbay is installed. Its standard input is a pipe that
nobody writes to: when it closes, the starter has ended, however that came about (a kill leaves no time to tidy up).
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from ministack.app import main


def end_with_starter() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_starter, daemon=True).start()
    main()
