// Owns how lines become batches: one transaction a batch. It must not know what the lines ask for.

internal import TernJSON

/// Lines of JSON, many at a time. A line that is no object does not end the reading.
struct JSONLineBatches: ~Copyable {
    /// Lines in a batch at most: their results are held until their transaction is durable.
    static let size = 256
    /// Bytes in a batch, about: what they are read into takes many times as much.
    private static let bytes = 1 << 22

    /// A line, or what was wrong with it.
    struct Line: Sendable {
        let number: Int
        let content: Result<JSONLineReader.Line, CommandFailure>

        /// The object that it is.
        func object() throws(CommandFailure) -> JSONObject { try content.get().object() }
    }

    private var reader: JSONLineReader
    private var isAtEnd = false

    /// - Parameter path: A file; nil and `-` are standard input.
    init(_ path: String?, _ workplace: Workplace) throws(CommandFailure) {
        reader = try JSONLineReader(path, workplace)
    }

    /// The next lines, as many as there are without waiting; nil at the end. So a program that writes a line and waits for
    /// what comes of it is answered.
    /// - Throws: What ends the reading.
    mutating func next() throws(CommandFailure) -> [Line]? {
        var batch: [Line] = []
        let start = reader.consumed
        while batch.count < JSONLineBatches.size, reader.consumed - start < JSONLineBatches.bytes, !isAtEnd,
            batch.isEmpty || reader.isReady()
        {
            do throws(CommandFailure) {
                guard let line = try reader.next() else {
                    isAtEnd = true
                    break
                }
                batch.append(Line(number: reader.number, content: .success(line)))
            } catch {
                guard error.code == .limitExceeded else { throw error }
                batch.append(Line(number: reader.number, content: .failure(error)))
            }
        }
        return batch.isEmpty ? nil : batch
    }
}
