// Owns what was recorded of two key agreements and their first messages. It must not know what is compared with it.

import TernOMEMO

/// Message 0 of TestVectors/recorded/omemo03-transcript.json and omemo2-transcript.json, recorded with python-oldmemo and
/// python-twomemo 2.1.0: alice starts a session with bob.
struct RecordedAgreement {
    let version: Version
    let aliceSeed: String
    let bobSeed: String
    let signedPreKey: String
    /// As it stands in bob's bundle.
    let signature: String
    let preKey: String
    let ephemeral: String
    /// SK.
    let shared: String
    let associatedData: String
    /// Alice's first ratchet key, and the root key behind it.
    let ratchetKey: String
    let root: String
    let messageKey: String
    let plaintext: String
    /// Without the key exchange around it.
    let message: String

    static let all = [omemo03, omemo2]

    static let omemo03 = RecordedAgreement(
        version: .v03,
        aliceSeed: "b696a92a9388aa8228104c83f2b65cb3e1a517d1443943748cf85cf2505ff190",
        bobSeed: "e4aca668204a81570b38c2c10f470cfb3cce3b948076faab95c24712f8d1b99f",
        signedPreKey: "de50f9b125d5991da013be346771ee94a88ac69d0e60bbc917394053298b3f19",
        signature:
            "ff49c322340e35d144f15ad4a8f5ef8a4c9aac77dafb678a8dfcdfb7ce1acd825aafb9abb79b36226e135d3e12d6e8e5d128d90b"
            + "04efa4ff4a13693148de1d80",
        preKey: "e281677edac25b50da8d085ac29306702151b03554cb1217382715692a5aef7d",
        ephemeral: "044827936d74470a2c967968a87e17c0f89bffa5b4505528d1ab15b2fb928999",
        shared: "348b5b7ae8a111bb73d24a05284a005422ea89c24eb6e79cd37410913c7f6c19",
        associatedData:
            "05f1d1cbff51b5066bab5aef4294b950e51d316744a21f267da9fb0214b4f8213d050aaafc586f4c8513167817ac8e3081d0bc4d"
            + "330a859c347522301a195d3f0078",
        ratchetKey: "30a6297582d0ed31d57b5b870dab5ea646cdb43d9c947910f7f5806b8fa70b41",
        root: "7f8a63da6862a1e082c555672d4d5e6843457056628ae8f2764d4b731892f04a",
        messageKey: "1baebd5f39682a5d8e25babbc246b4d749ead30c538487e82ba84691d942d9b1",
        plaintext: "d125c84bd0bcfabd43a34bcc399a4382ad355914cc5ce1010aa41e2547869cc0",
        message:
            "330a2105c6a9eea1bd360c08b59215da8e7e16c177bbf2c5ae5732ba6a4b944f6556a40b100018002230761a4707a6689a9a368f"
            + "d13d619e2df6b036d9bbff946d437d16cdd36d141079918e33b5f7bd80351db2a2cf91c35a383d4b004bfedb2ebe")

    static let omemo2 = RecordedAgreement(
        version: .v2,
        aliceSeed: "7a333643396a03a069b5274628d9c86bf091d2ef0b8662ee85ff96c65f91155b",
        bobSeed: "9f42b64b23244795e1d3ba60a209c8ed77e023333b03dd5aa8b976e4e662ee3d",
        signedPreKey: "75a90abc3612f618e240b5a7fb0be0085cfdad3f66ad35c9c9617d5f090ea8d9",
        signature:
            "7ea79305a8da60b1f269bcd404940641b4c5fb88d90b27d424fd5c73efaa88ef514f941de06a6e8e5cc23bff735c9fb8ecb47e4f"
            + "3b312626152876112ddd220d",
        preKey: "c97446d20156db0aa777a35a41f8829666455ca53e9b6044e2f2f4c99fdd0460",
        ephemeral: "7f8b8be3681166ac904f9ab50bf1bf98dc9984c6fe7f94ef17bab3a89f3dea29",
        shared: "c8a912037a120863f312077c60e3afb70331984bc9aafc274ad8bb40ab998ea4",
        associatedData:
            "edcc1cb1a4de40b9013d4830205948af3ead815fdc852acb9097263dc7407c6400f6c21ddac4896a505a6b84a769892ef10455d6"
            + "b34682a7802482aa8e3844ad",
        ratchetKey: "c87fb4e33b41961319f3e00094d9e34810113ea663d25ca7bf5bcb40a4b96f55",
        root: "d917304627436b3833b3babbde9cc5b5063ce0f6f7a08b865d48f3abdc2dd26e",
        messageKey: "0c6d784b2c326b9b815f2f0c6c611995e269f90ef46ec18e5cd7c36f032cbd5c",
        plaintext: "6ae63c96ab556d90bbf668079d0316822176f0b69ecba4d83a6e25a64469438326ab0686de378e8942edfd04ae7ccd89",
        message:
            "0a100656765e8eb091a860cdf4007c02e5391268080010001a209ea02ccb1aeb90d80ee41ace6edf6ae7382c378ca73ac7e1b28a"
            + "5fee9f37c84d2240f8954fb5993a1d936cad6cdece910ebdd20276f0b05324821756a897f3452aa9a25cffdc05a06901a3805c00"
            + "f6656fd9d4625d0c7f7d8e0d4f9faa8d912d123a")
}
