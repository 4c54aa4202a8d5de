// Owns how calls and answers are written (JSON-RPC 2.0, https://www.jsonrpc.org/specification): one JSON value a line. It must
// not know which methods there are.

internal import TernJSON

/// Which call an answer belongs to: a number or a string of the caller's.
enum RPCIdentifier: Hashable {
    case number(String)
    case string(String)

    /// - Returns: Nothing for what is no identifier. JSON-RPC allows null and advises against it: an answer could not be told
    ///   from one to a call that was not understood.
    init?(_ value: JSONValue) {
        switch value {
        case .number(let digits): self = .number(digits)
        case .string(let text): self = .string(text)
        default: return nil
        }
    }

    var json: JSONValue {
        switch self {
        case .number(let digits): .number(digits)
        case .string(let text): .string(text)
        }
    }
}

/// A call.
struct RPCRequest {
    /// None for a notification, which is not answered.
    let id: RPCIdentifier?
    let method: String
    let parameters: JSONObject

    /// - Throws: `invalidRequest`, or `invalidParameters` for parameters that are not by name, with the call's identifier
    ///   where it has one.
    init(_ value: JSONValue) throws(RPCFault) {
        guard let object = value.object else { throw RPCFault(.invalidRequest, "a call is an object", of: nil) }
        let id = object["id"].flatMap { RPCIdentifier($0) }
        guard object["jsonrpc"]?.string == "2.0" else {
            throw RPCFault(.invalidRequest, "'jsonrpc' is not \"2.0\"", of: id)
        }
        guard object["id"] == nil || id != nil else {
            throw RPCFault(.invalidRequest, "'id' is no number and no string", of: nil)
        }
        guard let method = object["method"]?.string else {
            throw RPCFault(.invalidRequest, "'method' is missing or no string", of: id)
        }
        let known = ["jsonrpc", "id", "method", "params"]
        if let stranger = object.names.first(where: { !known.contains($0) }) {
            throw RPCFault(.invalidRequest, "'\(stranger)' is not known in a call", of: id)
        }
        guard let parameters = object["params"].map({ $0.object }) ?? JSONObject() else {
            throw RPCFault(.invalidParameters, "'params' is no object: parameters go by name", of: id)
        }
        self.id = id
        self.method = method
        self.parameters = parameters
    }
}

/// Why a call has no result.
struct RPCFault: Error {
    /// The codes of the specification, and those of this command: -32000 less the exit code.
    enum Code: Equatable {
        case parse, invalidRequest, methodNotFound, invalidParameters, internalError
        case command(ExitStatus)

        var number: Int {
            switch self {
            case .parse: -32700
            case .invalidRequest: -32600
            case .methodNotFound: -32601
            case .invalidParameters: -32602
            case .internalError: -32603
            case .command(let status): -32000 - Int(min(status.rawValue, 99))
            }
        }
    }

    let code: Code
    let message: String
    /// The call's.
    let id: RPCIdentifier?
    let data: JSONObject?
    /// What is done once the answer was read.
    let afterwards: [Delivered.Action]

    init(
        _ code: Code, _ message: String, of id: RPCIdentifier?, data: JSONObject? = nil,
        afterwards: [Delivered.Action] = []
    ) {
        self.afterwards = afterwards
        self.code = code
        self.message = message
        self.id = id
        self.data = data
    }

    /// The answer.
    var json: JSONValue {
        var error = JSONObject()
        error["code"] = .number(String(code.number))
        error["message"] = .string(message)
        if let data { error["data"] = .object(data) }
        return ["jsonrpc": "2.0", "id": id?.json ?? JSONValue.null, "error": .object(error)]
    }
}

/// A result.
struct RPCResult {
    let id: RPCIdentifier
    let value: JSONValue

    /// The answer.
    var json: JSONValue { ["jsonrpc": "2.0", "id": id.json, "result": value] }
}
