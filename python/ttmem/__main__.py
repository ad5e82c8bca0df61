"""`python -m ttmem` is the command."""
from ._command import main

main()
