"""`python -m srlib`: see `srlib.cli`."""

from srlib.cli import main

raise SystemExit(main())
