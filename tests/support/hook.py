"""Run `build.py` in the process that has it loaded, for a hook that git starts: then nobody waits for imports.

In: the words of the command, and in the environment where that process listens. Out: what the command says, and its
exit code. It is a program of its own that loads nothing of ours.
"""

from __future__ import annotations

import json
import os
import socket
import sys

LISTENS = "IUP_PRELOADED"

if __name__ == "__main__":
    request = {"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ), "fault": ""}  # noqa: PTH109  cheap
    told, tells = os.pipe()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as requests:
        requests.connect(os.environ[LISTENS])
        socket.send_fds(requests, [json.dumps(request).encode()], (0, 1, 2, tells))
    os.close(tells)
    with os.fdopen(told) as words:
        sys.exit(int(words.read().split()[1]))
