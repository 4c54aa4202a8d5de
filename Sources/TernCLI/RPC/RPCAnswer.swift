// Owns what a call comes to, and what is done once its caller has it. It must not know the call.

internal import TernJSON

/// What a call comes to.
struct RPCAnswer: Sendable {
    /// Its kinds.
    enum Kind: Sendable {
        case result(RPCResult)
        case fault(RPCFault)
        /// To a notification.
        case nothing
    }

    let kind: Kind
    /// What is done once the caller has read it.
    let afterwards: [Delivered.Action]

    init(_ kind: Kind, _ afterwards: [Delivered.Action] = []) {
        self.kind = kind
        self.afterwards = afterwards
    }

    static let nothing = RPCAnswer(.nothing)

    static func fault(_ fault: RPCFault) -> RPCAnswer { RPCAnswer(.fault(fault)) }

    static func result(_ result: RPCResult) -> RPCAnswer { RPCAnswer(.result(result)) }

    var json: JSONValue? {
        switch kind {
        case .result(let result): result.json
        case .fault(let fault): fault.json
        case .nothing: nil
        }
    }
}
