// Owns the start of the program: descriptors, signals, one command, one exit code.

internal import Glibc
internal import TernPGP

StandardDescriptors.take()
Signals.install()
if CommandLine.arguments.dropFirst() == [WorkerWord.word] {
    GPGWorker.serve()
    exit(0)
}
GPGWorker.register(["/proc/self/exe", WorkerWord.word])
if let call = SOPCommand.arguments(CommandLine.arguments) {
    // another interface, with exit codes of its own
    let code = SOPTool.run(call, in: .process)
    exit(code)
}
await TernTool.start()
