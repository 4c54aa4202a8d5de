// Owns the start of the program: signals, one command, one exit code.

Signals.install()
TernTool.start()
