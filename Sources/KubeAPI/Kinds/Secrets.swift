import APIMachinery
import Foundation

/// Everything known of Secrets.
enum Secrets {
    static let resource = Resource(
        "v1", "Secret", plural: "secrets", prepareForUpdate: prepareForUpdate, setDefaults: setDefaults,
        selectableFields: ["type": { $0["type"]?.string ?? "" }])

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
                        data[member.name] = JSON(Data(text.utf8).base64EncodedString())
                    }
                }
            }
        }
        if secret.lacks("type") { secret["type"] = "Opaque" }
    }
}
