// Owns where the program lies that uses a store from another process.

import Foundation
import TernTestKit

enum Rig {
    /// Beside the tests.
    static let path = BuiltPrograms.path(of: "TernStoreRig").path
}
