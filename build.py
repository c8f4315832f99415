"""Entry point: `python build.py` builds; `python build.py --help` tells the rest."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from iup.errors import MissingError
from iup.system.start import repair
from iup.system.versions import require

if __name__ == "__main__":
    repair()
    try:
        require()
    except MissingError as error:
        sys.stderr.write(f"fel: {error.message}\n" + f"  tips: {error.hint}\n" * bool(error.hint))
        raise SystemExit(error.exit_code) from None
    from iup.cli.main import main

    raise SystemExit(main())
