// Owns the start of the program: descriptors, signals, one command, one exit code.

StandardDescriptors.take()
Signals.install()
await TernTool.start()
