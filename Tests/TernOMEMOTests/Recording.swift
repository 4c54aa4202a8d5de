// Owns what was recorded of a conversation that Tern had no part in. It must not know what is done with it.

/// Messages 1 and 0 of TestVectors/recorded/omemo03-transcript.json: alice's first two to bob, made with python-oldmemo
/// 2.1.0, and the private keys of bob that open them.
enum Recording {
    static let identitySeed = "e4aca668204a81570b38c2c10f470cfb3cce3b948076faab95c24712f8d1b99f"
    static let signedPreKeyID: UInt32 = 1
    static let signedPreKey = "de50f9b125d5991da013be346771ee94a88ac69d0e60bbc917394053298b3f19"
    static let preKeyID: UInt32 = 13
    static let preKey = "e281677edac25b50da8d085ac29306702151b03554cb1217382715692a5aef7d"
    static let second =
        "<ns0:encrypted xmlns:ns0='eu.siacs.conversations.axolotl'><ns0:header sid='1111'><ns0:key rid='2"
        + "222' prekey='true'>MwgNEiEFIvE1+aOKbP0JtLxmDpPGbN3G+sRl3RCNjJYBytWFL2saIQXx0cv/UbUGa6ta70KUuVDlH"
        + "TFnRKIfJn2p+wIUtPghPSJiMwohBcap7qG9NgwItZIV2o5+FsF3u/LFrlcyumpLlE9lVqQLEAEYACIwgnmINFXOZlAUe23q+"
        + "rgkE4btIG1thJPl/OykwXCXn9ej3ypSO6Xn1MRJXr22k/QK3jsw1mI4xQowAQ==</ns0:key><ns0:iv>OXdMafydCbWcD0d"
        + "q</ns0:iv></ns0:header><ns0:payload>QygeJAxDoSAKXeW9UDeUGC+A9X0R4L+ugOkEg7hywEmc+vTK0AhTGTRCixqQ"
        + "XA==</ns0:payload></ns0:encrypted>"
    static let secondText = "Message 1: Grüße aus der Küche 🐦 xxxxxxx"
    static let first =
        "<ns0:encrypted xmlns:ns0='eu.siacs.conversations.axolotl'><ns0:header sid='1111'><ns0:key rid='2"
        + "222' prekey='true'>MwgNEiEFIvE1+aOKbP0JtLxmDpPGbN3G+sRl3RCNjJYBytWFL2saIQXx0cv/UbUGa6ta70KUuVDlH"
        + "TFnRKIfJn2p+wIUtPghPSJiMwohBcap7qG9NgwItZIV2o5+FsF3u/LFrlcyumpLlE9lVqQLEAAYACIwdhpHB6Zompo2j9E9Y"
        + "Z4t9rA22bv/lG1DfRbN020UEHmRjjO1972ANR2yos+Rw1o4PUsAS/7bLr4wAQ==</ns0:key><ns0:iv>NKUzqom1ub2Xln0"
        + "i</ns0:iv></ns0:header><ns0:payload>dzkWGDwnvCU/Dsf+O9cndYZm5JgisVFfwG38Vqqt3Uu9I2MkBZXI</ns0:pa"
        + "yload></ns0:encrypted>"
    static let firstText = "Message 0: Grüße aus der Küche 🐦 "
}
