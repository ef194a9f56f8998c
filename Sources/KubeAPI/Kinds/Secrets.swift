import APIMachinery
import Basics

/// Everything known of Secrets.
enum Secrets {
    static let resource = Resource(
        "v1", "Secret", plural: "secrets", columns: StorageColumns.secrets,
        prepareForUpdate: prepareForUpdate, setDefaults: setDefaults,
        validate: DataRules.checkSecret, validateUpdate: validateUpdate, validateName: Validation.isDNS1123Subdomain,
        selectableFields: ["type": { $0["type"]?.string ?? "" }],
        warnings: { new, _ in KeyPairWarning.ofSecret(new) })

    private static func prepareForUpdate(_ new: inout JSON, _ old: JSON) {
        if new.lacks("type") { new.keep("type", of: old) }
    }

    /// `stringData` is a way of writing only: it goes into `data`, over what is there.
    private static func setDefaults(_ secret: inout JSON) {
        if let plain = secret["stringData"] {
            secret["stringData"] = nil
            if plain.count > 0 {
                secret.updateOrMake("data") { data in
                    for member in plain.members {
                        guard let text = member.value.string else { continue }
                        data[member.name] = JSON(Base64.encode(text.utf8))
                    }
                }
            }
        }
        if secret.lacks("type") { secret["type"] = "Opaque" }
    }

    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.immutable("type", new["type"], old["type"])
        return checker.errors + DataRules.checkImmutability(new, old) + DataRules.checkSecret(new)
    }
}
